"""What is known ahead of the sales changes their forecasts, from the table to what readers see."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

from tests.end_to_end.conftest import Project
from tests.end_to_end.shops import daily

AS_OF = datetime.date(2025, 4, 14)
GOOD_FRIDAY = "2025-04-18"
DAYS = daily("2024-01-01", 469)
HOLIDAYS = (
    "2024-01-01", "2024-03-29", "2024-04-01", "2024-05-06", "2024-05-27", "2024-08-26", "2024-12-25", "2024-12-26",
    "2025-01-01",
)  # fmt: skip
"""https://www.gov.uk/bank-holidays, England and Wales"""

SETTINGS = """
[sales]
horizon = 7
recipes = ["seasonal_lstm"]
[sales.network]
members = 1
units = 16
steps = 150
"""


PROMOTED = AS_OF + datetime.timedelta(days=2)
PLANNED_THROUGH = AS_OF + datetime.timedelta(days=6)
PROMOTIONS = {*DAYS[::5], PROMOTED}
"""Each fifth day so far, and of the days ahead one that is not the fifth."""


@pytest.fixture
def networks() -> dict[str, str]:
    """Those of the settings, which learn."""
    return {}


def fill(project: Project) -> None:
    """Sales that a promotion doubles and a public holiday cuts to a third; prices that are known as long as sales."""
    generator = np.random.default_rng(1)
    effect = [(1 + (day in PROMOTIONS)) / (1 + 2 * (str(day) in HOLIDAYS)) for day in DAYS]
    sales = [
        (f"s{level}", day, level * factor * noise)
        for level in range(1, 9)
        for day, factor, noise in zip(DAYS, effect, generator.gamma(60, 1 / 60, len(DAYS)), strict=True)
    ]
    known = [("", day, "promotion", 1) for day in sorted(PROMOTIONS)]
    known += [("", PLANNED_THROUGH, "promotion", 0)]
    known += [("", day, "price", 5 + day.day % 3) for day in DAYS]
    for kind, header, rows in (("sales", ("value",), sales), ("covariates", ("name", "value"), known)):
        answer = project.load(kind, ("series_id", "period", *header), rows)
        assert answer.code == 0, answer.err


def night(project: Project, settings: str) -> tuple[str, dict[str, float]]:
    """Train and publish; the notes, and the forecasts of each day, in levels of their series."""
    project.configure(settings)
    answer = project.nightcast("run", "--as-of", str(AS_OF), "--product", "sales", "--retrain", "always", "--json")
    assert answer.code == 0, answer.err
    assert answer.rows[0]["served"] in ("seasonal_lstm", "ensemble")
    by_day: dict[str, list[float]] = {}
    for row in project.select("SELECT series_id, period, mean FROM {latest_sales_forecast}"):
        by_day.setdefault(str(row["period"]), []).append(row["mean"] / float(row["series_id"][1:]))
    return str(answer.rows[0]["notes"]), {day: float(np.mean(means)) for day, means in by_day.items()}


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_promotions_raise_forecasts_and_holidays_lower_them(project: Project) -> None:
    fill(project)
    notes, plain = night(project, SETTINGS)
    assert "'price'" in notes
    promoted = plain.pop(str(PROMOTED))
    assert promoted > 1.4 * np.mean([*plain.values()])  # the network has most of the weight, not all of it
    assert all(0.7 < forecast < 1.3 for forecast in plain.values())
    effects = project.select("SELECT period, mean, known_effect FROM {latest_sales_forecast}")
    promotions = {str(row["period"]): row["known_effect"] / row["mean"] for row in effects}
    assert promotions.pop(str(PROMOTED)) > 0.25
    assert all(abs(share) < 0.1 for share in promotions.values())

    _, aware = night(project, SETTINGS.replace("[sales]", '[sales]\ncountry = "GB-ENG"'))
    assert aware.pop(str(PROMOTED)) > 1.4 * np.mean([*aware.values()])
    assert min(aware, key=aware.__getitem__) == GOOD_FRIDAY
    assert aware[GOOD_FRIDAY] < 0.8 * plain[GOOD_FRIDAY]
