from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.next_visit.features.scaling import LIMIT, Scaling
from nightcast.errors import InputError
from nightcast.values import Bins
from tests.models.next_visit.features.test_customers import any_table, made
from tests.models.next_visit.reference import START, Days, shops

AS_OFS = st.integers(START - 5, START + 500)


@given(shops(), AS_OFS)
def test_unknown_amounts_and_extremes_stay_finite_and_bounded(shop: list[Days], as_of: int) -> None:
    far = as_of + 10 * 365
    fitted = made([[START], [START, START + 5, START + 80]], START + 100, Bins((7, 28)), any_table(), math.nan)
    scaled = Scaling.fit(fitted).apply(made(shop, far, Bins((7, 28)), any_table(), math.nan))
    for part in (scaled.sequence, scaled.summary):
        assert np.isfinite(part).all()
        assert (np.abs(part) <= LIMIT).all()


def test_scaling_centres_the_rows_it_was_fitted_on() -> None:
    shop = [[START + step * gap for step in range(6)] for gap in (3, 9, 20, 55)]
    rows = made(shop, START + 300, Bins((7, 28)), any_table())
    scaled = Scaling.fit(rows).apply(rows)
    np.testing.assert_allclose(scaled.summary.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(scaled.sequence[:, :, 1].mean(), 0, atol=1e-5)


def test_described_and_read_it_is_the_same_and_damage_is_refused() -> None:
    rows = made([[START, START + 3]], START + 300, Bins((7, 28)), any_table())
    scaling = Scaling.fit(rows)
    again = Scaling.described(scaling.describe(), rows.summary.shape[1])
    np.testing.assert_array_equal(again.summary, scaling.summary)
    np.testing.assert_array_equal(again.sequence, scaling.sequence)
    for values in (None, {}, {**scaling.describe(), "sequence": [[math.nan] * 2] * 2}):
        with pytest.raises(InputError):
            Scaling.described(values, rows.summary.shape[1])
