"""Pictures of sales: origins, and the gate."""

from __future__ import annotations

import numpy as np

from models.common.selection import Budget
from models.sales.gate.contenders import Comparison, compared_series
from models.sales.gate.measure import measure_alone
from models.sales.gate.origins import PastOrigins, choose_origins
from models.sales.recipes.registry import candidates
from models.sales.settings import SalesSettings
from nightcast.values import to_date
from tests.documents.pictures.shop import AS_OF, sales
from tests.documents.pictures.style import (
    FORECAST,
    KNOWN,
    TRUE,
    WIDTH,
    WRONG,
    Specification,
    coloured,
    in_time,
    on_date,
)

RECIPES = ("combination", "smoothing", "count", "tsb")
"""Recipes that are fitted in seconds."""

REACH = 150
"""Days of a series that are shown."""


def origins() -> Specification:
    """One series, with the past origins from which the gate forecasts, and the steps that it compares there."""
    panel = sales()
    chosen = choose_origins(panel)
    series = int(np.argmax(np.nan_to_num(panel.values).sum(axis=1)))
    first = panel.length - REACH
    days = panel.calendar.first_day(np.arange(panel.end - REACH, panel.end))
    names = [f"origin {to_date(int(panel.calendar.first_day(ordinal))):%-d %B}" for ordinal in chosen.ordinals]
    names.append(f"tonight, {to_date(AS_OF):%-d %B}")
    values = np.nan_to_num(panel.values[series, first:])
    rows, kinds = [], {"known then": KNOWN, "compared with the forecasts": TRUE, "not used": WRONG}
    for name, ordinal in zip(names, (*chosen.ordinals, panel.end), strict=True):
        place = np.arange(panel.end - REACH, panel.end) - ordinal
        what = np.select([place < 0, place < chosen.steps], list(kinds)[:2], list(kinds)[2])
        rows += [
            {
                "row": name,
                "day": on_date(int(day)),
                "value": None if np.isnan(value) else float(value),
                "what": str(kind),
            }
            for day, value, kind in zip(days, values, what, strict=True)
        ]
    return {
        "data": {"values": rows},
        "facet": {
            "row": {"field": "row", "sort": names, "title": None, "header": {"labelAngle": 0, "labelAlign": "left"}}
        },
        "spec": {
            "width": WIDTH - 150,
            "height": 46,
            "mark": {"type": "bar", "width": 2.4},
            "encoding": {
                "x": in_time("day"),
                "y": {"field": "value", "type": "quantitative", "axis": None},
                "color": coloured(kinds),
            },
        },
    }


def gate() -> Specification:
    """The loss of some recipes at past origins, beside the baseline's."""
    panel, settings = sales(), SalesSettings(recipes=RECIPES)
    chosen = choose_origins(panel)
    past = PastOrigins.of(panel, chosen.ordinals, chosen.steps)
    comparison = Comparison(past, compared_series(past.panels[0]), Budget(np.inf), 1)
    contenders = comparison.contenders(candidates(panel, settings, None), lambda share: None)
    compared = past.take(comparison.series)
    scores = {one.name: one.score for one in (measure_alone(contender, compared) for contender in contenders)}
    best = min(scores, key=lambda name: scores[name])
    rows = [
        {"recipe": name, "loss": round(score, 3), "what": "serves" if name == best else "does not"}
        for name, score in scores.items()
    ]
    order = sorted(scores, key=lambda name: scores[name])
    y = {"field": "recipe", "type": "nominal", "sort": order, "title": None}
    x = {"field": "loss", "type": "quantitative", "title": "loss at the past origins; less is better"}
    number = {"field": "loss", "format": ".3f"}
    return {
        "data": {"values": rows},
        "width": WIDTH - 170,
        "height": {"step": 30},
        "encoding": {
            "y": y,
            "x": x,
        },
        "layer": [
            {
                "mark": {"type": "bar", "height": 18},
                "encoding": {"color": coloured({"serves": FORECAST, "does not": WRONG})},
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 5},
                "encoding": {"text": number},
            },
        ],
    }
