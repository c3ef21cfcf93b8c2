"""Quantiles of totals from their mean and spread."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaincinv

from models.common.arrays import Flags, Floats
from models.sales.recipes.model import QUANTILES, whole_numbers
from models.sales.recipes.smoothing.forms import NORMAL

LARGEST_SHAPE = 1e6
"""Shape of a gamma distribution from which it is taken for normal."""


def quantiles_of(mean: Floats, spread: Floats, floored: Flags, whole: Flags) -> Floats:
    """Quantiles (n, J, Q) of totals with these means and standard deviations, (n, J).

    A total that is never negative has a gamma distribution, any other a normal one. The quantiles of counts are whole
    numbers, halves going outwards. The mean lies inside the outer two.

    Args:
        mean: Means.
        spread: Standard deviations.
        floored: Which rows are never negative, (n,).
        whole: Which rows count something, (n,).
    """
    quantiles = np.asarray(mean[:, :, None] + spread[:, :, None] * NORMAL, np.float64)
    positive = floored[:, None] & (mean > 0) & (spread > 0)
    scale = spread[positive] ** 2 / mean[positive]
    shape = np.minimum(mean[positive] / scale, LARGEST_SHAPE)
    skewed = gammaincinv(shape[:, None], np.asarray(QUANTILES)) * (mean[positive] / shape)[:, None]
    quantiles[positive] = np.where((shape < LARGEST_SHAPE)[:, None], skewed, quantiles[positive])
    quantiles[floored] = np.maximum(quantiles[floored], 0.0)
    least, most = mean.copy(), mean.copy()
    least[whole], most[whole] = np.floor(mean[whole]), np.ceil(mean[whole])
    quantiles[whole] = whole_numbers(quantiles[whole])
    quantiles[:, :, 0] = np.minimum(quantiles[:, :, 0], least)
    quantiles[:, :, -1] = np.maximum(quantiles[:, :, -1], most)
    return quantiles
