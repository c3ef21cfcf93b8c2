from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.next_visit.curve.quiet import chance_of_staying, log_quiet_ahead
from models.next_visit.features.pareto_nbd import ParetoNbd, Purchases, log_quiet

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


def test_customers_without_a_visit_may_be_none() -> None:
    none = Purchases(*(np.zeros(0) for _ in range(3)))
    assert log_quiet_ahead(ParetoNbd(1.0, 100.0, 1.0, 100.0), none, np.zeros(0), ENDS).shape == (0, ENDS.size)
