from __future__ import annotations

import math

import numpy as np
import pytest

from models.sales.gate.figures import PastForecast, figures, quantile_loss
from models.sales.recipes.model import MEDIAN, QUANTILES


def test_losses_agree_with_the_definition() -> None:
    generator = np.random.default_rng(0)
    actual = generator.normal(size=(2, 3))
    actual[0, 1] = math.nan
    quantiles = np.sort(generator.normal(size=(2, 3, len(QUANTILES))), axis=2)
    past = PastForecast(quantiles[:, :, MEDIAN], quantiles, actual, np.array([2.0, 4.0]))
    level = np.array([3.0, 0.0])
    expected = 0.0
    for step in (0, 2):
        for index, share in enumerate(QUANTILES):
            error = (actual[0, step] - quantiles[0, step, index]) / 3.0
            expected += 2 / len(QUANTILES) * max(share * error, (share - 1) * error)
    np.testing.assert_allclose(quantile_loss(past, level), [expected, 0.0])
    reported = figures(past, np.array([False, True]))
    error = np.abs(actual[1] - quantiles[1, :, MEDIAN])
    assert reported["wape"] == pytest.approx(error.sum() / np.abs(actual[1]).sum())
    deciles = [
        max(share * (actual[1, step] - quantile), (share - 1) * (actual[1, step] - quantile))
        for step in range(3)
        for share, quantile in zip(QUANTILES[1:-1], quantiles[1, step, 1:-1], strict=True)
    ]
    assert reported["weighted_quantile_loss"] == pytest.approx(2 / 9 * sum(deciles) / np.abs(actual[1]).sum())
    assert reported["mase"] == pytest.approx(error.mean() / 4.0)


def test_figures_of_zeros_and_of_the_largest_values() -> None:
    nothing = PastForecast(np.zeros((1, 2)), np.zeros((1, 2, len(QUANTILES))), np.zeros((1, 2)), np.zeros(1))
    assert figures(nothing, np.array([True])) == {"smape": 0.0, "coverage_80": 1.0, "coverage_95": 1.0}
    huge = PastForecast(*(np.full(shape, 1e15) for shape in ((9, 9), (9, 9, len(QUANTILES)), (9, 9), (9,))))
    assert figures(huge, np.ones(9, bool))["wape"] == 0.0
