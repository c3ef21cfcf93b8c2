"""The value of customers of shops whose rhythm is known."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.next_visit.curve.curve import Curve
from models.next_visit.curve.shared import Shared
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.features.level import Level
from models.next_visit.features.pareto_nbd import ParetoNbd
from models.next_visit.features.purchases import Purchases
from models.next_visit.recipes.pareto_nbd import ParetoNbdModel
from models.next_visit.value.states import STATES
from models.next_visit.value.value import CustomerValue, Shop, visits_ahead
from models.next_visit.value.visits_ahead import expected_visits
from nightcast.values import Bins
from tests.models.next_visit.reference import AS_OF, RHYTHM, START, Days, base_of, shared_of

BINS = Bins((7, 14, 28))


def curve_of(base: CustomerBase, shared: Shared, probabilities: NDArray[np.float64] | None = None) -> Curve:
    if probabilities is None:
        model = ParetoNbdModel(BINS, shared.pareto_nbd, Level.flat(base.as_of, BINS))
        probabilities = model.probabilities(base)[base.rows.customer]
    return Curve.of(shared, base.history, base.rows, probabilities)


def value_of(base: CustomerBase, shop: Shop | None = None) -> CustomerValue:
    return CustomerValue.of(shop or Shop.of(base), base, curve_of(base, shared_of(BINS, as_of=base.as_of)))


def weekly(until: int, visits: int = 20) -> Days:
    """Every seven days until so many days before the as-of."""
    return [AS_OF - until - 7 * back for back in range(visits)][::-1]


def test_elapsed_days_beyond_the_usual_interval_are_overdue() -> None:
    value = value_of(base_of([weekly(20), weekly(2), [AS_OF - 300], []]))
    assert value.usual_interval[0] == pytest.approx(7.0, rel=0.01)
    assert value.overdue_days[0] == pytest.approx(13.0, rel=0.01)
    np.testing.assert_equal(value.overdue_days[1:], [math.nan] * 3)
    np.testing.assert_equal(value.usual_interval[2:], [math.nan] * 2)
    names = [STATES[place] if place >= 0 else None for place in value.state]
    assert names[:2] == ["overdue", "regular"]
    assert names[3] is None


def test_only_the_last_year_counts_as_the_amount_of_the_year() -> None:
    base = base_of([[AS_OF - 366, AS_OF - 365, AS_OF - 1], [AS_OF - 400], [AS_OF - 1]], amount=5.0)
    np.testing.assert_equal(value_of(base).amount_year, [10.0, math.nan, 5.0])


def test_amounts_ahead_are_visits_times_the_mean_amount() -> None:
    value = value_of(base_of([weekly(3), [AS_OF - 9]], amount=5.0))
    np.testing.assert_allclose(value.amount_365, 5.0 * value.visits_365)
    assert np.isnan(value_of(base_of([weekly(3), [AS_OF - 9]])).amount_365).all()


def test_at_rest_visits_ahead_are_those_of_pareto_nbd() -> None:
    base = base_of([weekly(3), weekly(60), [AS_OF - 30]])
    purchases = Purchases.at(base.history, base.rows)
    curve = curve_of(base, shared_of(BINS))
    expected = expected_visits(RHYTHM, purchases, curve.staying, np.array([28, 365]))
    for place, days in enumerate((28, 365)):
        np.testing.assert_allclose(visits_ahead(curve, purchases, days), expected[:, place], rtol=2e-3)


def test_what_the_model_adds_to_the_chance_of_a_return_adds_visits() -> None:
    base = base_of([[AS_OF - 90, AS_OF - 40]])
    purchases, at_rest = Purchases.at(base.history, base.rows), curve_of(base, shared_of(BINS))
    hazards = 1 - np.exp(-2.0 * np.diff(at_rest.days[0, np.array(BINS.edges) - 1], prepend=0.0))
    stays = np.cumprod([1.0, *(1 - hazards)])
    twice = curve_of(base, shared_of(BINS), np.array([[*(stays[:-1] * hazards), stays[-1]]]))
    month, year = (visits_ahead(twice, purchases, days) / visits_ahead(at_rest, purchases, days) for days in (28, 365))
    chances = [1 - math.exp(-curve.days[0, 27]) for curve in (twice, at_rest)]
    assert month == pytest.approx(chances[0] / chances[1], rel=1e-3)
    assert 1.0 < year < month


@given(st.lists(st.floats(0.01, 1), min_size=4, max_size=4))
def test_the_expected_number_is_no_less_than_the_chance_of_a_visit(weights: list[float]) -> None:
    base = base_of([weekly(3), weekly(60), [AS_OF - 30]])
    row = np.array(weights) / sum(weights)
    curve = curve_of(base, shared_of(BINS), np.tile(row, (3, 1)))
    expected = visits_ahead(curve, Purchases.at(base.history, base.rows), 28)
    assert (expected >= row[:3].sum() * (1 - 1e-3)).all()


def test_a_busier_season_ahead_brings_more_visits() -> None:
    base, shared = base_of([weekly(3), [AS_OF - 30]]), shared_of(BINS)
    busy = dataclasses.replace(shared, level_behind=np.full(shared.level_behind.size, 0.5))
    purchases = Purchases.at(base.history, base.rows)
    usual, more = (visits_ahead(curve_of(base, one), purchases, 365) for one in (shared, busy))
    assert more[0] == pytest.approx(usual[0], rel=0.02)  # who comes every week comes in any season
    assert more[1] > 1.2 * usual[1]


def test_nobody_comes_more_than_once_a_day() -> None:
    often = ParetoNbd(1e3, 1e2, 1e-3, 1e6)
    base = base_of([list(range(AS_OF - 100, AS_OF))])
    curve = curve_of(base, shared_of(BINS, rhythm=often))
    assert visits_ahead(curve, Purchases.at(base.history, base.rows), 28) == pytest.approx(28)


def test_where_nobody_returned_all_have_a_value() -> None:
    value = value_of(base_of([[START + day] for day in range(30)], amount=2.0))
    assert np.isfinite(value.visits_365).all()
    assert np.isfinite(value.amount_365).all()
    assert (value.state >= 0).all()
    assert np.isnan(value.usual_interval).all()


def test_customers_may_be_computed_in_parts() -> None:
    base = base_of([weekly(place, 1 + place % 9) for place in range(1, 60)], amount=3.0)
    shop = Shop.of(base)
    whole, parts = vars(value_of(base, shop)), [vars(value_of(base.slice(*ends), shop)) for ends in ((0, 20), (20, 59))]
    for name, array in whole.items():
        np.testing.assert_array_equal(np.concatenate([part[name] for part in parts]), array)
