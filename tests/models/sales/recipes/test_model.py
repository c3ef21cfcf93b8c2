from __future__ import annotations

import math

import numpy as np

from models.sales.recipes.model import QUANTILES, known_quantiles


def test_quantiles_of_known_values_are_those_of_numpy() -> None:
    values = np.random.default_rng(0).normal(size=(5, 30))
    values[np.random.default_rng(1).random((5, 30)) < 0.3] = math.nan
    values[3] = math.nan
    values[4, 1:] = math.nan
    quantiles, count = known_quantiles(values)
    for row, ours, number in zip(values, quantiles, count, strict=True):
        known = row[~np.isnan(row)]
        assert number == len(known)
        np.testing.assert_allclose(ours, np.quantile(known, QUANTILES) if len(known) else 0.0)
