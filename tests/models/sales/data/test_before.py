"""What a panel says of the past is what a night there would have known: the panel of the earlier rows alone."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.common.arrays import Floats
from models.sales.backtest import SalesPast
from models.sales.data.build import build_panel
from models.sales.data.calendar import Calendar
from models.sales.data.panel import SalesPanel
from models.sales.forecast import forecast
from models.sales.gate.figures import PastForecast, figures
from models.sales.gate.origins import PastOrigins
from models.sales.recipes.seasonal_naive import baseline_of
from models.sales.review import beside_outcome, figures_of
from tests.models.sales.reference import day
from tests.models.sales.shop import SMALL

START = day("2024-01-01")  # a Monday
TONIGHT = ("rows", "duplicates", "misdated", "covariates")
"""What tonight's reading counted, and what has tests of its own."""


@dataclass(frozen=True)
class Shop:
    """Rows of a source: cells (S, T), NaN where there is no row; the value `UNKNOWN` is that of a row without one."""

    values: Floats
    frequency: str
    missing: str

    def panel(self, length: int) -> SalesPanel:
        """The panel of a night after so many periods."""
        calendar = Calendar(self.frequency)
        first = int(calendar.ordinal(START))
        series, column = np.nonzero(~np.isnan(self.values[:, :length]))
        value = self.values[series, column]
        return build_panel(
            series,
            calendar.label(first + column),
            np.where(value == UNKNOWN, np.nan, value),
            len(self.values),
            int(calendar.first_day(first + length)),
            frequency=self.frequency,
            missing=self.missing,
            settings=SMALL,
        ).without_outliers()


UNKNOWN = -999.0


def assert_same(panel: SalesPanel, expected: SalesPanel) -> None:
    for name in (field.name for field in fields(SalesPanel) if field.name not in TONIGHT):
        ours, theirs = getattr(panel, name), getattr(expected, name)
        if name == "outliers":
            ours, theirs = (np.stack(list(vars(one).values())) for one in (ours, theirs))
        np.testing.assert_array_equal(ours, theirs, err_msg=name)
    for name in ("counts", "floored", "closed_columns", "outlier_count", "last_day"):
        np.testing.assert_array_equal(getattr(panel, name), getattr(expected, name), err_msg=name)


def weekly(length: int, opened: tuple[int, ...] = (0, 1, 2, 3, 4, 5)) -> Floats:
    place = np.arange(length)
    return np.where(np.isin(place % 7, opened), 10.0 + place % 7, math.nan)


def opened_later() -> Floats:
    """Closed at weekends, open on Saturdays from the tenth week on."""
    values = np.vstack([weekly(140, (0, 1, 2, 3, 4)), weekly(140, (0, 1, 2, 3, 4))])
    values[0, 75::7] = 5.0
    return values


def gappy_later() -> Floats:
    """A series that has a row each day, and every third one from day 70 on."""
    values = np.vstack([weekly(140, tuple(range(7))), weekly(140, tuple(range(7)))])
    values[1, 70:][np.arange(70) % 3 > 0] = math.nan
    return values


def mistyped() -> Floats:
    """A typing error that no night before day 121 knows of, and one that is forgiven later, as it comes back."""
    values = np.vstack([weekly(140, tuple(range(7))), weekly(140, tuple(range(7)))])
    values[0, 121] = 1e9
    values[1, 100] = 2e4
    values[1, 110:113] = 2e4
    return values


def closed_for_good() -> Floats:
    """Open on Sundays in the first five weeks only."""
    values = np.vstack([weekly(140), weekly(140)])
    values[1, 6:35:7] = 3.0
    return values


TRAPS = [opened_later, gappy_later, mistyped, closed_for_good]


@pytest.mark.parametrize("missing", ["auto", "zero", "unknown"])
@pytest.mark.parametrize("trap", TRAPS)
def test_a_past_night_knows_what_its_rows_say(trap: Any, missing: str) -> None:
    shop = Shop(trap(), "D", missing)
    panel = shop.panel(140)
    for length in (1, 20, 36, 75, 76, 101, 112, 113, 122, 139, 140):
        assert_same(panel.before(panel.first_ordinal + length), shop.panel(length))


def test_each_trap_would_otherwise_leak() -> None:
    then, now = ([Shop(trap(), "D", "auto").panel(length) for trap in TRAPS] for length in (70, 140))
    assert [panel.closed[5] for panel in (then[0], now[0])] == [True, False]
    assert [panel.intermittent[1] for panel in (then[1], now[1])] == [False, True]
    assert now[2].outlier_count.tolist() == [1, 0]
    assert Shop(mistyped(), "D", "auto").panel(101).outlier_count.tolist() == [0, 1]
    assert [panel.closed[6] for panel in (then[3], now[3])] == [False, False]


cells = st.sampled_from([math.nan, math.nan, 0.0, 1.0, 2.0, 2.5, 3.0, -4.0, 500.0, 1e9, UNKNOWN])


@st.composite
def shops(draw: st.DrawFn) -> tuple[Shop, int]:
    length, count = draw(st.integers(1, 45)), draw(st.integers(1, 3))
    rows = draw(st.lists(st.lists(cells, min_size=length, max_size=length), min_size=count, max_size=count))
    values = np.array(rows)
    if draw(st.booleans()):
        values[:, draw(st.integers(0, 6)) : draw(st.integers(0, length)) : 7] = math.nan
    values[draw(st.integers(0, count - 1)), 0] = 1.0  # every night begins with the same period
    frequency = draw(st.sampled_from(["D", "B", "W-MON", "MS"]))
    return Shop(values, frequency, draw(st.sampled_from(["auto", "zero", "unknown"]))), draw(st.integers(1, length))


@settings(deadline=None, max_examples=300)
@given(shops())
@example((Shop(np.array([[1.0, math.nan, 2.0, math.nan]]), "D", "auto"), 4))
def test_any_past_night_knows_what_its_rows_say(case: tuple[Shop, int]) -> None:
    shop, length = case
    panel = shop.panel(shop.values.shape[1])
    assert_same(panel.before(panel.first_ordinal + length), shop.panel(length))


def test_what_is_refused_tonight_is_unknown_where_no_night_could_know_of_it() -> None:
    panel = Shop(weekly(70)[None], "D", "error").panel(70)
    early, late = (panel.before(START + length) for length in (21, 62))
    assert np.isnan(early.values[0, 6::7]).all()
    assert (late.values[0, 6::7] == 0).all()


def test_rows_before_what_is_kept_count_as_known_at_every_origin() -> None:
    values = weekly(90, tuple(range(7)))[None]
    series, column = np.nonzero(~np.isnan(values))
    panel = build_panel(series, START + column, values[0], 1, START + 90, settings=SMALL, history=40)
    assert panel.before(panel.end - 10).observations.tolist() == [80]
    assert panel.before(START + 20).observations.tolist() == [0]


def test_an_absurd_value_counts_nowhere() -> None:
    """The gate, a backtest and the review of the published forecast have the same figures."""
    shop = Shop(mistyped()[:1], "D", "unknown")
    now, origin = shop.panel(140), START + 119
    then = shop.panel(119)
    served = forecast(baseline_of(then), then)
    at_origins = PastOrigins.of(now, (origin,))
    in_gate = figures(
        PastForecast(served.mean, served.quantiles, at_origins.actuals[0], at_origins.scales[0]), np.ones(1, bool)
    )
    in_backtest = SalesPast(now, SMALL, START + 139).figures(baseline_of(then), then, np.arange(1))["all"]
    scores = figures_of(beside_outcome(now, origin, served.mean, served.quantiles), ["all"])
    reviewed = {one.metric: one.value for one in scores}
    assert in_gate["wape"] < 0.1
    for name, value in in_gate.items():
        assert in_backtest[name] == pytest.approx(value)
        assert reviewed[name] == pytest.approx(value)
