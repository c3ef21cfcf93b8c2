"""Errors of a simple forecast at past origins."""

from __future__ import annotations

import numpy as np
import pytest

from models.sales.totals import past_errors as module
from models.sales.totals.past_errors import choose_origins, past_errors
from tests.models.sales.shop import rhythm

HORIZON, SEASON = 14, 7


@pytest.mark.parametrize("length", [6, 15, 30, 400])
def test_origins_leave_something_to_learn_from_and_something_to_see(length: int) -> None:
    origins = choose_origins(length, HORIZON, SEASON)
    assert (np.diff(origins) > 0).all()
    assert origins.size == 0 or (origins[0] >= 4 and origins[-1] <= length - HORIZON // 2)
    assert (origins.size == 0) == (length < 20)


def test_a_pattern_that_repeats_leaves_small_errors() -> None:
    values = 10.0 + np.arange(SEASON * 40)[None] % SEASON * np.array([[1.0], [5.0]])
    errors = past_errors(values, choose_origins(values.shape[1], HORIZON, SEASON), SEASON, HORIZON)
    assert np.abs(errors).max() < 0.2


def test_what_is_unknown_has_no_error() -> None:
    values = rhythm(3, 120)
    values[0] = np.nan
    values[1, :90] = np.nan
    values[2, 100] = np.nan
    errors = past_errors(values, np.array([80, 100, 115]), SEASON, HORIZON)
    assert np.isnan(errors[:, 0]).all()
    assert np.isnan(errors[0, 1]).all()
    assert np.isfinite(errors[1, 1]).all()
    assert np.isnan(errors[1, 2, 0])
    assert np.isnan(errors[2, 2, 5:]).all()  # after the last period


def test_errors_do_not_depend_on_the_parts_in_which_they_are_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    values = rhythm(9, 120)
    values[4, :60] = np.nan
    origins = choose_origins(values.shape[1], HORIZON, SEASON)
    at_once = past_errors(values, origins, SEASON, HORIZON)
    monkeypatch.setattr(module, "AT_ONCE", 2)
    np.testing.assert_array_equal(past_errors(values, origins, SEASON, HORIZON), at_once)
