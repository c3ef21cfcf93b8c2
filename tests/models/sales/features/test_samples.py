"""Samples of series: spread evenly, and of no pattern of their order."""

from __future__ import annotations

import numpy as np
import pytest

from models.sales.features.samples import evenly_spread


@pytest.mark.parametrize(("count", "most"), [(0, 5), (5, 5), (6, 5), (12, 5), (3_000, 1_000)])
def test_a_sample_has_one_series_of_each_stretch(count: int, most: int) -> None:
    places = evenly_spread(count, most)
    assert len(places) == min(count, most)
    bounds = np.arange(len(places) + 1) * count // max(len(places), 1)
    assert ((bounds[:-1] <= places) & (places < bounds[1:])).all()
    np.testing.assert_array_equal(places, evenly_spread(count, most))


@pytest.mark.parametrize("kinds", [2, 3, 4, 5])
def test_each_kind_has_its_share_where_kinds_take_turns(kinds: int) -> None:
    counts = np.bincount(evenly_spread(3_000, 1_000) % kinds, minlength=kinds)
    assert counts == pytest.approx(1_000 / kinds, rel=0.2)
