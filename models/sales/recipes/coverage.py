"""Which series an LSTM can forecast, and how those are forecast a part at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.common.arrays import Flags, Floats, Integers
from models.sales.data.lengths import Lengths
from models.sales.data.panel import SalesPanel
from models.sales.recipes.seasonal_naive import SeasonalNaive


def learnable(panel: SalesPanel, lengths: Lengths) -> Flags:
    """Series with ``minimum_observations`` known values, and one at least inside the look-back, (S,)."""
    known = ~np.isnan(panel.values)
    enough = known.sum(axis=1) >= lengths.minimum_observations
    return np.asarray(enough & known[:, -lengths.look_back :].any(axis=1))


def predict_covered(
    panel: SalesPanel,
    covered: Flags,
    baseline: SeasonalNaive,
    at_once: int,
    predict: Callable[[SalesPanel, Integers], tuple[Floats, Floats]],
) -> tuple[Floats, Floats]:
    """Mean (S, H) and quantiles (S, H, 5); NaN for a series without a known value.

    Args:
        panel: What is known.
        covered: Series that a model forecasts by itself, (S,).
        baseline: What forecasts the others.
        at_once: Series of a part.
        predict: Forecasts the series at some places (n,) of the panel.
    """
    mean, quantiles = baseline.predict_some(panel, ~covered)
    places = np.flatnonzero(covered)
    for start in range(0, len(places), at_once):
        part = places[start : start + at_once]
        mean[part], quantiles[part] = predict(panel, part)
    return mean, quantiles
