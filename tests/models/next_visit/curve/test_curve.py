"""The curve between and behind the bins, on shops whose rhythm is known."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.next_visit.curve.curve import Curve
from models.next_visit.curve.shared import YEAR_AHEAD, Shared
from models.next_visit.curve.weekdays import Weekdays
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.features.pareto_nbd import ParetoNbd
from models.next_visit.features.purchases import Purchases
from nightcast.values import Bins
from tests.models.next_visit.reference import AS_OF, RHYTHM, START, Days, base_of, bins_strategy, shared_of

BINS = Bins((7, 14, 28))
STEADY = ParetoNbd(1e3, 1e5, 1e-3, 1e6)
"""Everybody comes once in a hundred days, and stays."""

SUNDAY = 3
SATURDAY = 2
"""Days since 1970-01-01, a Thursday, modulo 7."""


def curve_of(base: CustomerBase, shared: Shared, probabilities: NDArray[np.float64]) -> Curve:
    return Curve.of(shared, base.history, base.rows, probabilities)


def one_customer(row: list[float], shared: Shared | None = None, days: Days | None = None) -> Curve:
    return curve_of(base_of([days or [AS_OF - 20, AS_OF - 10]]), shared or shared_of(BINS), np.array([row]))


def dates(curve: Curve) -> NDArray[np.float64]:
    return np.stack([curve.day_by(share) for share in (0.1, 0.5, 0.9)], axis=1)


def probabilities_of(bins: Bins) -> st.SearchStrategy[NDArray[np.float64]]:
    weights = st.lists(st.floats(0, 1), min_size=bins.count, max_size=bins.count).filter(lambda row: sum(row) > 0.01)
    return weights.map(lambda row: np.array(row) / sum(row))


@given(st.data(), bins_strategy(), st.integers(0, 6))
def test_the_days_of_a_bin_sum_to_its_probability(data: st.DataObject, bins: Bins, weekday: int) -> None:
    row = data.draw(probabilities_of(bins))
    curve = one_customer(row.tolist(), shared_of(bins, as_of=AS_OF + weekday))
    by_end = 1.0 - np.exp(-curve.days[0, np.array(bins.edges) - 1])
    np.testing.assert_allclose(by_end, row[:-1].cumsum(), atol=1e-9)
    assert (np.diff(curve.days[0], prepend=0.0) >= 0).all()


@given(probabilities_of(BINS))
def test_dates_are_in_order_and_the_first_of_their_kind(row: NDArray[np.float64]) -> None:
    curve = one_customer(row.tolist())
    found = dates(curve)[0]
    known = found[np.isfinite(found)]
    assert (np.diff(known) >= 0).all()
    assert np.isfinite(found[: known.size]).all()
    assert ((known >= 1) & (known <= YEAR_AHEAD)).all()
    survival = np.exp(-curve.days[0])
    for share, day in zip((0.1, 0.5, 0.9), found, strict=True):
        if day <= BINS.horizon:
            assert survival[int(day) - 1] <= 1 - share + 1e-9
            assert day == 1 or survival[int(day) - 2] > 1 - share - 1e-9
        else:
            assert survival[-1] > 1 - share - 1e-9


@pytest.mark.parametrize(
    ("row", "median"),
    [([1.0, 0.0, 0.0, 0.0], 1), ([0.5, 0.0, 0.0, 0.5], 7), ([0.0, 0.0, 0.75, 0.25], 21)],
)
def test_a_median_by_hand(row: list[float], median: float) -> None:
    np.testing.assert_equal(one_customer(row).day_by(0.5), [median])


def test_behind_the_horizon_the_hazard_goes_on_as_it_ended() -> None:
    forecast = np.array([0.05, 0.05, 0.1, 0.8])
    curve = one_customer(forecast.tolist(), shared_of(BINS, rhythm=STEADY))
    last = curve.days[0, -1] - curve.days[0, -15]
    stretches = np.diff(curve.stretches[0], prepend=curve.days[0, -1])
    assert stretches[0] / 28 == pytest.approx(last / 14, rel=0.1)
    assert stretches[-1] / 28 == pytest.approx(1 / 100, rel=0.1)
    assert (np.diff(stretches) * np.sign(1 / 100 - last / 14) >= 0).all()


def test_beyond_a_year_there_is_no_date() -> None:
    nobody_stays = ParetoNbd(1.0, 10.0, 50.0, 10.0)
    curve = one_customer([0.15, 0.01, 0.01, 0.83], shared_of(BINS, rhythm=nobody_stays))
    np.testing.assert_equal(dates(curve)[0][1:], [math.nan, math.nan])
    assert dates(curve)[0][0] <= 7


def test_a_horizon_of_more_than_a_year_has_dates_within_a_year() -> None:
    curve = one_customer([0.45, 0.3, 0.25], shared_of(Bins((200, 500))))
    first, middle, last = dates(curve)[0]
    assert first < 200 < middle <= YEAR_AHEAD
    assert math.isnan(last)


def weekly_shop(closed: int, customers: int = 60) -> list[Days]:
    """Customers who come every three to nine days, on the next open day."""
    random = np.random.default_rng(1)
    steps = random.integers(3, 10, (customers, 60)).cumsum(axis=1) + START
    return [[int(day + (day % 7 == closed)) for day in row if day < AS_OF - 1] for row in steps]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_no_date_is_on_a_weekday_on_which_the_shop_is_closed(share: float) -> None:
    base = base_of([*weekly_shop(SUNDAY), *([START + day] for day in range(100) if (START + day) % 7 != SUNDAY)])
    weekdays = Weekdays.fit(base)
    assert weekdays.shop[SUNDAY] == 0
    probabilities = np.random.default_rng(2).dirichlet([0.2, 0.2, 0.2, 2.0], base.rows.size)
    day = curve_of(base, shared_of(BINS, weekdays=weekdays, rhythm=STEADY), probabilities).day_by(share)
    known = np.isfinite(day)
    assert (day[known] > BINS.horizon).any()
    assert ((AS_OF + day[known] - 1) % 7 != SUNDAY).all()


def test_a_bin_of_closed_days_only_keeps_its_probability() -> None:
    bins, weekdays = Bins((1, 8)), Weekdays(np.where(np.arange(7) == AS_OF % 7, 0.0, 1 / 6), 10.0)
    curve = one_customer([0.2, 0.3, 0.5], shared_of(bins, weekdays))
    assert math.exp(-curve.days[0, 0]) == pytest.approx(0.8)


def test_a_customer_of_saturdays_gets_saturdays() -> None:
    saturdays = [day for day in range(START, AS_OF) if day % 7 == SATURDAY]
    base = base_of([*weekly_shop(SUNDAY), *(saturdays[place % 4 :: 2] for place in range(60))])
    weekdays = Weekdays.fit(base)
    curve = curve_of(base, shared_of(BINS, weekdays=weekdays), np.tile([0.4, 0.3, 0.2, 0.1], (base.rows.size, 1)))
    medians = (AS_OF + curve.day_by(0.5) - 1) % 7
    assert (medians[60:] == SATURDAY).all()
    assert (medians[:60] == SATURDAY).mean() < 0.5


def test_one_visit_customers_have_dates() -> None:
    curve = one_customer([0.3, 0.3, 0.2, 0.2], days=[AS_OF - 5])
    assert np.isfinite(dates(curve)).all()


def test_customers_may_be_computed_in_parts() -> None:
    base = base_of([*weekly_shop(SUNDAY), *([START + day] for day in range(100))])
    shared, random = shared_of(BINS, weekdays=Weekdays.fit(base)), np.random.default_rng(3)
    probabilities = random.dirichlet(np.ones(4), base.rows.size)
    whole = dates(curve_of(base, shared, probabilities))
    parts = [dates(curve_of(base.slice(a, b), shared, probabilities[a:b])) for a, b in ((0, 70), (70, 160))]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_habit_and_season_are_those_of_pareto_nbd() -> None:
    base, shared = base_of(weekly_shop(SUNDAY)), shared_of(BINS)
    raised = dataclasses.replace(shared, level=np.full(3, 0.5))
    hazards = RHYTHM.bin_hazards(Purchases.at(base.history, base.rows), BINS)
    even = np.full((base.rows.size, 4), 0.25)
    at_rest, in_season = curve_of(base, shared, even), curve_of(base, raised, even)
    expected = 1 - (1 - hazards).prod(axis=1)
    np.testing.assert_allclose(at_rest.habit, expected, atol=1e-4)
    np.testing.assert_allclose(at_rest.season, expected, atol=1e-4)
    np.testing.assert_allclose(in_season.habit, expected, atol=1e-4)
    odds = math.exp(0.5) * hazards / (1 - hazards)
    np.testing.assert_allclose(in_season.season, 1 - (1 / (1 + odds)).prod(axis=1), atol=1e-3)
