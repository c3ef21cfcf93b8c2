"""Forms of exponential smoothing: on which scale, and with which trend."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from models.common.arrays import Floats
from models.sales.features.scaling import curve, levels, ratios, uncurve
from models.sales.recipes.model import QUANTILES
from models.sales.recipes.smoothing.season import Season
from models.sales.recipes.smoothing.states import Grid, Smoothed, ahead, akaike_weights, growth, smooth, without_season

ALPHAS = np.array([0.02, 0.06, 0.12, 0.2, 0.35, 0.6, 0.9])

GRID = Grid.of(ALPHAS, ((0.0, 0.0), (0.05, 0.97), (0.2, 0.9)), np.array([0.0, 0.1, 0.3]))
"""Without a trend, or with a damped one; with a season that stays or changes."""

LEVEL_ALONE = Grid.of(ALPHAS, ((0.0, 0.0),), np.array([0.0]))

FAR = 2.5
"""Errors are cut to this many of their usual size: a closed day or a stock clearance is no new level."""

USUAL_VARIANCE = 0.15
"""The variance of an error in levels where no series has enough of them."""

ENOUGH = 8
"""Errors from which a series tells how much series vary."""

SHRINKAGE = 3.0
"""The weight, in errors, of the variance that series usually have."""

NORMAL = np.array([NormalDist().inv_cdf(level) for level in QUANTILES])
"""The quantiles of a standard normal distribution, (Q,)."""

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(7)
"""Points and weights of the mean over a normal distribution."""


@dataclass(frozen=True)
class Form:
    """A form of exponential smoothing.

    Attributes:
        is_curved: Whether it works on the curved scale, on which seasons and errors grow with the level.
        has_drift: Instead of a smoothed trend, half the slope of the whole history: the theta method (Assimakopoulos
            and Nikolopoulos, 2000) as Hyndman and Billah (2003) write it.
    """

    is_curved: bool
    has_drift: bool

    def forecast(self, values: Floats, season: int, horizon: int) -> tuple[Floats, Floats]:
        """Mean (n, H) and quantiles (n, H, Q) of histories (n, T), NaN unknown."""
        level = levels(values, values.shape[1])
        ratio = ratios(values, level)
        centre, spread = self._centre(curve(ratio) if self.is_curved else ratio, season, horizon)
        quantiles, points = (centre[:, :, None] + spread[:, :, None] * points for points in (NORMAL, NODES))
        if self.is_curved:
            quantiles, points = uncurve(quantiles), uncurve(points)
        return points @ (WEIGHTS / WEIGHTS.sum()) * level[:, None], quantiles * level[:, None, None]

    def _centre(self, values: Floats, season: int, horizon: int) -> tuple[Floats, Floats]:
        """The centre and the standard deviation of each step, (n, H) each."""
        index, grid = Season.of(values, season).index, LEVEL_ALONE if self.has_drift else GRID
        first = smooth(values, index, grid)
        usual = np.sqrt(np.pi / 2) * first.distance.min(axis=1)
        smoothed = smooth(values, index, grid, FAR * np.where(first.count > 0, usual, np.inf))
        weight, forecasts = akaike_weights(smoothed, grid)[:, None], ahead(grid, smoothed, horizon)
        centre = np.sum(forecasts * weight, axis=2)
        variance = _variance(smoothed)[:, None] * growth(grid, season, horizon)
        total = np.sum(weight * (variance + (forecasts - centre[:, :, None]) ** 2), axis=2)
        if self.has_drift:
            centre = centre + 0.5 * _slope(without_season(values, index), season)[:, None] * np.arange(1, horizon + 1)
        return centre, np.sqrt(total)


SMOOTH = (Form(is_curved=False, has_drift=False), Form(is_curved=True, has_drift=False))
THETA = (Form(is_curved=False, has_drift=True), Form(is_curved=True, has_drift=True))


def _variance(smoothed: Smoothed) -> Floats:
    """The variance one step ahead, (n, G), drawn towards that of all series where few errors are known."""
    enough = smoothed.count >= ENOUGH
    usual = float(np.median(smoothed.variance[enough].min(axis=1))) if enough.any() else USUAL_VARIANCE
    share = (smoothed.count / (smoothed.count + SHRINKAGE))[:, None]
    return share * smoothed.variance + (1 - share) * usual


def _slope(values: Floats, season: int) -> Floats:
    """The slope of the least squares line through histories (n, T), (n,); 0 where less than two seasons are known."""
    known, time = ~np.isnan(values), np.arange(values.shape[1])
    count = known.sum(axis=1)
    number = np.maximum(count, 1)
    distance = np.where(known, time - ((time * known).sum(axis=1) / number)[:, None], 0.0)
    slope = np.nansum(distance * values, axis=1) / np.maximum((distance**2).sum(axis=1), 1.0)
    return np.where(count >= 2 * season, slope, 0.0)
