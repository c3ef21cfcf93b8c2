"""Pictures of next visits: the as-of, landmarks, bins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.intervals import Rows
from models.next_visit.data.landmarks import landmark_days, observed_bin
from models.next_visit.recipes.model import NextVisitTraining
from models.next_visit.recipes.pareto_nbd import ParetoNbdRecipe
from models.next_visit.settings import NextVisitSettings
from nightcast.values import to_date
from tests.documents.pictures.shop import AS_OF, customers
from tests.documents.pictures.style import (
    FORECAST,
    INK,
    KNOWN,
    TRUE,
    WIDTH,
    WRONG,
    Specification,
    coloured,
    in_time,
    on_date,
)

BINS = NextVisitSettings().bins
REACH = 200
"""Days before the as-of that are shown."""

LANDMARKS = 4

WAITED = (0, 14, 42, 98)
"""Days after the as-of, without a visit."""


def as_of() -> Specification:
    """One customer's visit days, the days since the last one, and the bins ahead."""
    days = _visit_days(_example())
    visits = [{"day": on_date(int(day)), "row": "visit days"} for day in days[days > AS_OF - REACH]]
    ends = [AS_OF - 1 + last if last else AS_OF + BINS.horizon + 25 for _, last in BINS.ranges]
    starts = [AS_OF - 1 + first for first, _ in BINS.ranges]
    bins = [
        {"from": on_date(start), "to": on_date(end), "middle": on_date((start + end) // 2), "label": label}
        for start, end, label in zip(starts, ends, BINS.labels, strict=True)
    ]
    line = [{"day": on_date(AS_OF), "label": f"as-of, {to_date(AS_OF):%-d %B}"}]
    elapsed = [
        {"from": on_date(int(days[-1])), "to": on_date(AS_OF), "label": f"elapsed: {AS_OF - int(days[-1])} days"}
    ]
    y, high, low = {"value": 70}, {"value": 40}, {"value": 100}
    return {
        "width": WIDTH,
        "height": 130,
        "layer": [
            {
                "data": {"values": bins},
                "mark": {"type": "rect", "color": FORECAST, "opacity": 0.16, "stroke": FORECAST},
                "encoding": {"x": in_time("from"), "x2": {"field": "to"}, "y": high, "y2": low},
            },
            {
                "data": {"values": bins},
                "mark": {"type": "text", "angle": 270, "fontSize": 11},
                "encoding": {"x": in_time("middle"), "y": y, "text": {"field": "label"}},
            },
            {
                "data": {"values": elapsed},
                "mark": {"type": "rule", "color": TRUE, "strokeWidth": 3},
                "encoding": {"x": in_time("from"), "x2": {"field": "to"}, "y": y},
            },
            {
                "data": {"values": elapsed},
                "mark": {"type": "text", "align": "right", "dx": 44, "dy": 26, "color": TRUE},
                "encoding": {"x": in_time("from"), "y": y, "text": {"field": "label"}},
            },
            {
                "data": {"values": visits},
                "mark": {"type": "circle", "size": 90, "color": KNOWN, "opacity": 1},
                "encoding": {"x": in_time("day"), "y": y},
            },
            {
                "data": {"values": line},
                "mark": {"type": "rule", "color": INK, "strokeWidth": 2},
                "encoding": {"x": in_time("day"), "y": {"value": 18}, "y2": {"value": 118}},
            },
            {
                "data": {"values": line},
                "mark": {"type": "text", "dy": -8},
                "encoding": {"x": in_time("day"), "y": {"value": 18}, "text": {"field": "label"}},
            },
        ],
    }


def landmarks() -> Specification:
    """The same customer at past as-ofs: what was known then, and the bin that came true."""
    history, customer = customers().history, _example()
    all_days, days = landmark_days(history.first, AS_OF, BINS.horizon, 21)[:LANDMARKS], _visit_days(customer)
    rows = Rows.at(history, np.full(len(all_days), customer), all_days)
    true = observed_bin(history, rows, BINS)
    names = [f"{to_date(int(day)):%-d %B}" for day in all_days]
    shown = days[days > AS_OF - REACH]
    visits = [
        {"day": on_date(int(day)), "row": name, "what": "known then" if day < landmark else "not known yet"}
        for name, landmark in zip(names, all_days, strict=True)
        for day in shown
    ]
    bins = [
        _true_bin(int(landmark), int(bin_), name) for landmark, bin_, name in zip(all_days, true, names, strict=True)
    ]
    row = {"field": "row", "type": "nominal", "title": None, "sort": names}
    colours = {"known then": KNOWN, "not known yet": WRONG, "the bin that came true": TRUE}
    return {
        "width": WIDTH - 130,
        "height": {"step": 46},
        "layer": [
            {
                "data": {"values": bins},
                "mark": {"type": "bar", "height": 26, "opacity": 0.3},
                "encoding": {"x": in_time("from"), "x2": {"field": "to"}, "y": row, "color": coloured(colours)},
            },
            {
                "data": {"values": bins},
                "mark": {"type": "tick", "thickness": 2, "size": 38, "color": INK},
                "encoding": {"x": in_time("landmark"), "y": row},
            },
            {
                "data": {"values": visits},
                "mark": {"type": "circle", "size": 80, "opacity": 1},
                "encoding": {"x": in_time("day"), "y": row, "color": coloured(colours)},
            },
            {
                "data": {"values": bins},
                "mark": {"type": "text", "dy": -21, "fontSize": 11, "color": TRUE},
                "encoding": {"x": in_time("middle"), "y": row, "text": {"field": "label"}},
            },
        ],
    }


def bins() -> Specification:
    """The probabilities of the bins for the same customer, tonight and after further days without a visit."""
    known, customer = customers(), _example()
    model = ParetoNbdRecipe().fit(known, NextVisitTraining(NextVisitSettings(), 1))
    away = AS_OF - int(known.history.last_day[customer])
    names = [f"away for {away + days} days" for days in WAITED]
    forecasts = [model.probabilities(CustomerBase(known.history, AS_OF + days))[customer] for days in WAITED]
    rows = [
        {"row": name, "bin": label, "probability": round(float(probability), 3)}
        for name, forecast in zip(names, forecasts, strict=True)
        for label, probability in zip(BINS.labels, forecast, strict=True)
    ]
    return {
        "data": {"values": rows},
        "facet": {"column": {"field": "row", "sort": names}},
        "spec": {
            "width": (WIDTH - 60) // len(names),
            "height": 130,
            "encoding": {
                "x": {"field": "bin", "sort": BINS.labels, "title": None, "axis": {"labelAngle": -50}},
                "y": {"field": "probability", "type": "quantitative", "axis": {"format": "%", "tickCount": 4}},
            },
            "layer": [
                {"mark": {"type": "bar", "color": FORECAST}},
                {
                    "mark": {"type": "text", "dy": -7, "fontSize": 10},
                    "encoding": {"text": {"field": "probability", "format": ".0%"}},
                },
            ],
        },
    }


def _true_bin(landmark: int, place: int, name: str) -> dict[str, str]:
    first, last = BINS.ranges[place]
    end = landmark - 1 + (last or BINS.horizon + 25)
    return {
        "row": name,
        "what": "the bin that came true",
        "landmark": on_date(landmark),
        "from": on_date(landmark - 1 + first),
        "to": on_date(end),
        "middle": on_date((landmark - 1 + first + end) // 2),
        "label": BINS.labels[place],
    }


def _example() -> int:
    """A customer with some ten visit days in the time shown, the last of them three weeks ago."""
    history = customers().history
    recent = history.before(AS_OF).visit_days - history.before(AS_OF - REACH).visit_days
    fits = (recent == 9) & (AS_OF - history.last_day >= 18) & (AS_OF - history.last_day <= 26)
    return int(np.flatnonzero(fits)[0])


def _visit_days(customer: int) -> NDArray[np.int32]:
    history = customers().history
    return history.day[history.offsets[customer] : history.offsets[customer + 1]]
