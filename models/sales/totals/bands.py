"""Quantiles of totals from their mean and spread."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaincinv

from models.common.arrays import Flags, Floats
from models.sales.recipes.model import QUANTILES, whole_numbers
from models.sales.recipes.smoothing.forms import NORMAL

LARGEST_SHAPE = 1e6
"""Shape of a gamma distribution from which it is taken for normal."""


def quantiles_of(mean: Floats, spread: Floats, floored: Flags, whole: Flags, factors: Floats) -> Floats:
    """Quantiles (n, J, Q) of totals with these means and standard deviations, (n, J).

    A total that is never negative has a gamma distribution, any other a normal one. The quantiles of counts are whole
    numbers, halves going outwards. The mean lies inside the outer two.

    Args:
        mean: Means.
        spread: Standard deviations.
        floored: Which rows are never negative, (n,).
        whole: Which rows count something, (n,).
        factors: By how much each quantile is farther from the mean than by the standard deviation, (J, Q).
    """
    wide = spread[:, :, None] * factors
    quantiles = np.asarray(mean[:, :, None] + wide * NORMAL, np.float64)
    positive = floored[:, None] & (mean > 0) & (spread > 0)
    centre = mean[positive][:, None]
    shape = np.minimum((centre / wide[positive]) ** 2, LARGEST_SHAPE)
    skewed = gammaincinv(shape, np.asarray(QUANTILES)) * (centre / shape)
    quantiles[positive] = np.sort(np.where(shape < LARGEST_SHAPE, skewed, quantiles[positive]), axis=-1)
    quantiles[floored] = np.maximum(quantiles[floored], 0.0)
    least, most = mean.copy(), mean.copy()
    least[whole], most[whole] = np.floor(mean[whole]), np.ceil(mean[whole])
    quantiles[whole] = whole_numbers(quantiles[whole])
    quantiles[:, :, 0] = np.minimum(quantiles[:, :, 0], least)
    quantiles[:, :, -1] = np.maximum(quantiles[:, :, -1], most)
    return quantiles
