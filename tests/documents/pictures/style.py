"""How the pictures look, and how a specification of Vega-Lite becomes an SVG."""

from __future__ import annotations

import datetime
from typing import Any

from nightcast.values import to_date

INK, FAINT, PAPER = "#2b2d42", "#9aa0b4", "#ffffff"
KNOWN, TRUE, FORECAST, WRONG = "#3f51b5", "#2e7d6b", "#e07a1f", "#b9bdd0"
WIDTH = 660

Specification = dict[str, Any]
"""A chart in Vega-Lite's grammar."""

_LOOK = {
    "background": PAPER,
    "padding": {"left": 24, "right": 14, "top": 14, "bottom": 14},
    "font": "Arial, Helvetica, DejaVu Sans, sans-serif",
    "view": {"stroke": None},
    "axis": {"labelColor": INK, "titleColor": INK, "grid": False, "domainColor": FAINT, "tickColor": FAINT},
    "axisX": {"labelFontSize": 12, "titleFontSize": 12},
    "axisY": {"labelFontSize": 12, "titleFontSize": 12, "labelLimit": 220},
    "text": {"color": INK, "fontSize": 12},
    "legend": {
        "columnPadding": 28,
        "labelColor": INK,
        "titleColor": INK,
        "labelFontSize": 12,
        "labelLimit": 320,
        "title": None,
    },
    "header": {"labelColor": INK, "labelFontSize": 12, "title": None},
}


def svg(chart: Specification) -> str:
    """The chart as SVG: on white, so that it can be read on a dark page too."""
    import vl_convert

    picture: str = vl_convert.vegalite_to_svg({"config": _LOOK, **chart})
    return picture + "\n"


def on_date(day: int) -> str:
    """A day since 1970-01-01, as Vega-Lite reads a local date."""
    return datetime.datetime.combine(to_date(day), datetime.time()).isoformat()


def in_time(field: str, **more: Any) -> Specification:
    """An axis of dates."""
    axis = {"format": "%-d %b", "tickCount": 8, **more}
    return {"field": field, "type": "temporal", "title": None, "axis": axis}


def coloured(names: dict[str, str], **legend: Any) -> Specification:
    """Colours by the field `what`, with a legend below."""
    scale = {"domain": list(names), "range": list(names.values())}
    return {"field": "what", "type": "nominal", "scale": scale, "legend": {"orient": "bottom", "title": None, **legend}}
