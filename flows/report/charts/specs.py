"""Charts in Vega-Lite; colours are names in the page's style sheet, so that they follow its light and dark colours."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from flows.console.values import harmless_line

WIDTH, HEIGHT = 420, 220
"""Small enough to be read on a phone, where the page does not shrink it much."""

LABEL = "abs(datum.value) < 1e6 ? datum.label : format(datum.value / 1e6, ',~r') + ' M'"
"""Millions in short: whole numbers would take half of the chart."""

FONT = "Liberation Sans, Arial, sans-serif"
"""Text is measured with a font that is always there; the page shows the reader's own."""

CONFIG: dict[str, Any] = {
    "background": None,
    "font": FONT,
    "padding": {"left": 8, "right": 4, "top": 2, "bottom": 2},
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--faint)",
        "titleColor": "var(--faint)",
        "titleFontWeight": "normal",
        "labelFontSize": 11,
        "titleFontSize": 11,
        "gridColor": "var(--rule)",
        "domain": False,
        "ticks": False,
        "labelPadding": 6,
        "labelOverlap": True,
    },
}

Values = Iterable[Mapping[str, Any]]


def over_days(came: Values, expected: Values, *, with_year_ago: bool) -> dict[str, Any]:
    """What came and what is expected by day, with its band.

    Args:
        came: `date` and `value` of the days before.
        expected: `date`, `mean`, and where there is a band `q10` and `q90`; `year_ago` where it is known.
        with_year_ago: whether to draw it.
    """
    came, expected = _plain(came), _plain(expected)
    layers = [
        _layer(expected, {"type": "area", "color": "var(--c1)", "opacity": 0.2}, y="q10", y2="q90"),
        *([_line(expected, "year_ago", "var(--c2)", dashes=[4, 3])] if with_year_ago else []),
        *([_line(came, "value", "var(--ink)")] if came else []),
        _line(expected, "mean", "var(--c1)", width=2),
    ]
    return _chart(layers if "q10" in expected[0] else layers[1:])


def groups(rows: Values) -> dict[str, Any]:
    """A bar for each `name`, as long as its `mean`, with a line from `q10` to `q90`."""
    data = _plain(rows)
    name = {
        "field": "name",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {"labelColor": "var(--ink)", "labelLimit": 120, "grid": False},
    }
    bar = {"mark": {"type": "bar", "color": "var(--c1)", "opacity": 0.55, "height": {"band": 0.62}}}
    band = {"mark": {"type": "rule", "color": "var(--ink)", "strokeWidth": 1.2}}
    layers = [
        bar | {"encoding": {"y": name, "x": _amount("mean")}},
        band | {"encoding": {"y": name, "x": _amount("q10"), "x2": {"field": "q90"}}},
    ]
    return _chart(layers, 22 * len(data) + 24) | {"data": {"values": data}}


def calibration(rows: Values) -> dict[str, Any]:
    """A point for each group of customers, by its `predicted` and `realised` share, and the line of equals."""
    data = _plain(rows)
    most = max(max(row["predicted"], row["realised"]) for row in data)
    equal = [{"predicted": 0, "realised": 0}, {"predicted": most, "realised": most}]
    encoding = {
        "x": _amount("predicted") | {"title": "expected share", "axis": {"format": "%", "grid": True}},
        "y": _amount("realised") | {"title": "share that came", "axis": {"format": "%", "tickCount": 5}},
    }
    line = {"data": {"values": equal}, "mark": {"type": "line", "color": "var(--faint)", "strokeDash": [4, 3]}}
    points = {"data": {"values": data}, "mark": {"type": "point", "filled": True, "size": 50, "color": "var(--c1)"}}
    return _chart([line | {"encoding": encoding}, points | {"encoding": encoding}])


def history(rows: Values) -> dict[str, Any]:
    """The `value` of a metric by the `date` of the as-of, beside `baseline_value`."""
    data = _plain(rows)
    layers = [
        _line(data, "baseline_value", "var(--c2)", dashes=[4, 3], points=True),
        _line(data, "value", "var(--c1)", width=2, points=True),
    ]
    return _chart(layers)


def _chart(layers: list[dict[str, Any]], height: int = HEIGHT) -> dict[str, Any]:
    """A chart of the same size whatever its labels are, so that the page shows all text equally large."""
    fit = {"type": "fit", "contains": "padding"}
    return {"width": WIDTH, "height": height, "autosize": fit, "layer": layers, "config": CONFIG}


def _line(
    data: list[dict[str, Any]],
    name: str,
    colour: str,
    *,
    width: float = 1.3,
    dashes: list[int] | None = None,
    points: bool = False,
) -> dict[str, Any]:
    mark: dict[str, Any] = {"type": "line", "color": colour, "strokeWidth": width}
    if dashes:
        mark["strokeDash"] = dashes
    if points:
        mark["point"] = {"color": colour, "size": 18}
    return _layer(data, mark, y=name)


def _layer(data: list[dict[str, Any]], mark: dict[str, Any], *, y: str, y2: str | None = None) -> dict[str, Any]:
    day = {
        "field": "date",
        "type": "temporal",
        "timeUnit": "utcyearmonthdate",
        "title": None,
        "axis": {"format": "%-d %b", "tickCount": 6, "grid": False, "labelOverlap": True},
    }
    encoding = {"x": day, "y": _amount(y)} | ({"y2": {"field": y2}} if y2 else {})
    return {"data": {"values": data}, "mark": mark, "encoding": encoding}


def _amount(name: str) -> dict[str, Any]:
    return {"field": name, "type": "quantitative", "title": None, "axis": {"tickCount": 5, "labelExpr": LABEL}}


def _plain(rows: Values) -> list[dict[str, Any]]:
    return [{name: _plain_value(value) for name, value in row.items()} for row in rows]


def _plain_value(value: Any) -> Any:
    if isinstance(value, datetime.date):
        return value.isoformat()
    return harmless_line(value) if isinstance(value, str) else value
