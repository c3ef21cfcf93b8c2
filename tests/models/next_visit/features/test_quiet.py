from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.next_visit.features.pareto_nbd import ParetoNbd
from models.next_visit.features.purchases import Purchases
from models.next_visit.features.quiet import chance_of_staying, log_quiet, log_quiet_ahead, pieces_until
from nightcast.values import Bins

ENDS = np.array([7, 14, 28, 56, 84, 365])
POSITIVE = st.floats(0.05, 20.0)


@given(POSITIVE, st.floats(1.0, 300.0), POSITIVE, st.floats(1.0, 1000.0), st.integers(0, 200), st.floats(0.0, 1.0))
def test_it_is_the_ratio_of_likelihoods(r: float, alpha: float, s: float, beta: float, x: int, share: float) -> None:
    model, age = ParetoNbd(r, alpha, s, beta), 400.0
    one = Purchases(*(np.array([value]) for value in (float(x), share * (age - 0.5) if x else 0.0, age)))
    later = [log_quiet(one.repeats, one.recency, one.age + end, model) for end in (0, *ENDS)]
    expected = np.exp(np.array([end - later[0] for end in later[1:]])[:, 0])
    np.testing.assert_allclose(
        np.exp(log_quiet_ahead(model, one, chance_of_staying(model, one), ENDS)[0]), expected, atol=2e-3
    )


def test_pieces_end_at_the_wanted_days_and_are_short() -> None:
    assert pieces_until(np.array([7, 14, 28, 56])).tolist() == [1, 3, 7, 14, 28, 56]
    assert pieces_until(np.array([2, 100])).tolist() == [1, 2, 3, 28, 56, 84, 100]
    assert pieces_until(np.array([1])).tolist() == [1]


@given(POSITIVE, st.floats(1.0, 300.0), POSITIVE, st.floats(1.0, 1000.0), st.integers(0, 200), st.floats(0.0, 1.0))
def test_the_hazards_of_bins_are_those_of_finer_pieces(
    r: float, alpha: float, s: float, beta: float, x: int, share: float
) -> None:
    model, edges = ParetoNbd(r, alpha, s, beta), (7, 60)
    one = Purchases(*(np.array([value]) for value in (float(x), share * 399.5 if x else 0.0, 400.0)))
    quiet = log_quiet_ahead(model, one, chance_of_staying(model, one), np.arange(1, 61))[0, [6, 59]]
    hazards = model.bin_hazards(one, Bins(edges))[0]
    np.testing.assert_allclose(hazards, np.maximum(-np.expm1(np.diff(quiet, prepend=0.0)), 0.0), atol=1e-4)


def test_customers_without_a_visit_may_be_none() -> None:
    none = Purchases(*(np.zeros(0) for _ in range(3)))
    assert log_quiet_ahead(ParetoNbd(1.0, 100.0, 1.0, 100.0), none, np.zeros(0), ENDS).shape == (0, ENDS.size)
