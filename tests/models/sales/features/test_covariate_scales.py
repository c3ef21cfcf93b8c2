"""The scale of a covariate: fitted once, the same on every later night, with a column for what is known."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from models.common.arrays import Floats
from models.sales.data.calendar import Calendar
from models.sales.data.covariate_rows import build_covariates
from models.sales.data.covariates import Covariates, Grid
from models.sales.features.covariate_scales import LARGEST, CovariateScales, absurd_values
from tests.models.sales.shop import START

HORIZON = 4


def shared(length: int, **values: Floats | list[float]) -> Covariates:
    """Daily covariates of two series, one value for each day from the first on."""
    rows = [
        (number, START + place, one) for number, line in enumerate(values.values()) for place, one in enumerate(line)
    ]
    kinds, days, numbers = (list(column) for column in zip(*rows, strict=True))
    grid = Grid(Calendar("D"), START, length, HORIZON, 2)
    return build_covariates([-1] * len(rows), days, kinds, numbers, tuple(values), grid, "GB")


def columns(scales: CovariateScales, covariates: Covariates) -> Any:
    """What a network reads tonight of the first series, (T + H, columns)."""
    back = covariates.length - HORIZON
    window = covariates.window(np.array([0]), np.array([back]), back, HORIZON)
    return scales.columns(window, covariates.names, back)[0]


def test_a_price_means_the_same_a_week_later() -> None:
    prices = np.random.default_rng(0).normal(5, 1, 60).tolist()
    then, later = shared(50, price=prices), shared(56, price=[*prices[:56], 90.0, 90.0, 90.0, 90.0])
    scales = CovariateScales.fitted(then)
    fresh = CovariateScales.fitted(later)
    np.testing.assert_array_equal(columns(scales, then)[:50], columns(scales, later)[:50])
    assert fresh.scales[0].centre != scales.scales[0].centre
    loaded = CovariateScales.from_description(json.loads(json.dumps(scales.description)))
    assert loaded == scales


def test_values_before_the_as_of_have_mean_0_and_spread_1() -> None:
    for size in (1e13, 1.0, 1e-12):
        covariates = shared(50, price=(np.random.default_rng(0).normal(5, 1, 54) * size).tolist())
        past = columns(CovariateScales.fitted(covariates), covariates)[:50, 0]
        assert past.mean() == pytest.approx(0, abs=1e-5)
        assert past.std() == pytest.approx(1, rel=1e-5)


def test_unknown_is_not_the_mean() -> None:
    covariates = shared(50, price=[4.0, 6.0] * 25 + [5.0])
    read = columns(CovariateScales.fitted(covariates), covariates)
    assert read.shape == (54, 2 + 5)  # value, known, and the holidays
    assert read[50, :2].tolist() == [0, 1]
    assert read[51:, :2].tolist() == [[0, 0]] * 3
    assert np.isin(read[:, 2:], [0, 1]).all()


def test_another_covariate_is_ignored_and_a_missing_one_is_unknown() -> None:
    trained, tonight = shared(50, price=[4.0, 6.0] * 27), shared(50, weather=[1.0, 2.0] * 27)
    both = shared(50, price=[4.0, 6.0] * 27, weather=[1.0, 2.0] * 27)
    scales = CovariateScales.fitted(trained)
    np.testing.assert_array_equal(columns(scales, both), columns(scales, trained))
    missing = columns(scales, tonight)
    assert not missing[:, :2].any()
    np.testing.assert_array_equal(missing[:, 2:], columns(scales, trained)[:, 2:])


def test_a_covariate_without_change_is_unknown_until_a_later_fit() -> None:
    covariates = shared(50, price=[4.0] * 50 + [9.0] * 4)
    scales = CovariateScales.fitted(covariates)
    assert not columns(scales, covariates)[:, :2].any()
    later = CovariateScales.fitted(shared(54, price=[4.0] * 50 + [9.0] * 4))
    assert scales.completed(later) == later
    assert later.completed(scales) == later


@pytest.mark.parametrize("mark", [-999.0, 99_999.0, 1e15])
def test_marks_for_unknown_are_unknown(mark: float) -> None:
    weather = np.random.default_rng(3).normal(15, 5, 54)
    plain = shared(50, weather=weather.tolist())
    weather[[7, 31, 52]] = mark
    covariates = shared(50, weather=weather.tolist())
    read, before = (columns(CovariateScales.fitted(one), one) for one in (covariates, plain))
    assert np.flatnonzero(read[:, 1] == 0).tolist() == [7, 31, 52]
    others = np.setdiff1d(np.arange(54), [7, 31, 52])
    np.testing.assert_allclose(read[others, 0], before[others, 0], atol=0.2)
    assert sum(one.rows for one in covariates.marks) + sum(absurd_values(covariates).values()) == 3
    assert absurd_values(plain) == {}


def test_a_rare_covariate_keeps_its_large_values() -> None:
    discount = np.where(np.arange(54) % 27 == 3, 0.3, 0.0)
    discount[52] = 1e6
    read = columns(
        CovariateScales.fitted(shared(50, discount=discount.tolist())), shared(50, discount=discount.tolist())
    )
    assert (read[[3, 30], 0] > 3).all()
    assert read[52].tolist()[:2] == [LARGEST, 1]
    assert not math.isnan(float(read.sum()))


def own(length: int, *lines: Floats | list[float]) -> Covariates:
    """A daily price of each series, one value for each day from the first on."""
    rows = [(series, START + place, one) for series, line in enumerate(lines) for place, one in enumerate(line)]
    codes, days, numbers = (list(column) for column in zip(*rows, strict=True))
    grid = Grid(Calendar("D"), START, length, HORIZON, len(lines))
    return build_covariates(codes, days, [0] * len(rows), numbers, ("price",), grid)


def prices(covariates: Covariates) -> Any:
    """The price that a network reads of all series tonight, and whether it is known, (series, T + H, 2)."""
    back, count = covariates.length - HORIZON, len(covariates.own)
    window = covariates.window(np.arange(count), np.full(count, back), back, HORIZON)
    return CovariateScales.fitted(covariates).columns(window, covariates.names, back)


def test_a_price_is_compared_with_that_of_its_own_series() -> None:
    moves = np.exp(np.random.default_rng(4).normal(0, 0.1, 53))
    read = prices(own(50, 2 * moves, 300 * moves, 40 * moves[::-1]))
    np.testing.assert_allclose(read[0], read[1], atol=1e-5)
    expected = np.log(moves) - np.log(moves[:50]).mean()
    np.testing.assert_allclose(read[0, :53, 0] * np.std(np.log(moves)), expected, atol=0.02)
    assert read[:, :50, 0].mean(axis=1) == pytest.approx([0, 0, 0], abs=1e-5)
    assert read[:, :50, 0].std() == pytest.approx(1, abs=0.01)
    assert read[0, :, 1].tolist() == [1] * 53 + [0]
    assert read[0, 53].tolist() == [0, 0]


def test_a_price_that_is_new_or_zero_is_unknown() -> None:
    moves = np.exp(np.random.default_rng(4).normal(0, 0.1, 54))
    ahead = moves.copy()
    ahead[50] = 0.0
    read = prices(own(50, 2 * moves, 300 * ahead, [math.nan] * 50 + [7.0] * 4))
    assert read[0, :, 1].all()
    assert np.flatnonzero(read[1, :, 1] == 0).tolist() == [50]
    assert not read[2].any()


def test_values_that_change_more_than_series_differ_are_compared_across_series() -> None:
    weather = np.random.default_rng(5).uniform(10, 30, (2, 54))
    read = prices(own(50, weather[0], weather[1] + 2))
    values = np.stack([weather[0], weather[1] + 2])
    np.testing.assert_allclose(read[:, :, 0], (values - values[:, :50].mean()) / values[:, :50].std(), atol=1e-5)


def test_what_never_changes_within_a_series_is_compared_across_series() -> None:
    read = prices(own(50, [2.0] * 54, [8.0] * 54))
    assert read[:, :, 0].tolist() == [[-1.0] * 54, [1.0] * 54]
