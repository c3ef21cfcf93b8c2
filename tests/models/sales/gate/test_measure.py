from __future__ import annotations

import numpy as np

from models.sales.gate.measure import measure, measure_ensemble, measure_mean
from models.sales.gate.origins import PastOrigins
from models.sales.recipes.model import forecast_of
from tests.models.sales.shop import Constant, panel_of, rhythm


def test_an_ensemble_is_at_least_as_good_as_the_best_alone() -> None:
    values = rhythm(12, 140)
    panel = panel_of(values)
    origins = PastOrigins.of(panel, tuple(panel.end - back for back in (21, 14, 7)))
    alone = [measure(str(factor), Constant(factor), origins) for factor in (0.5, 1.5)]
    together = measure_ensemble(alone, origins)
    assert together.score < min(candidate.score for candidate in alone)
    for forecast, known in zip(together.forecasts, origins.panels, strict=True):
        np.testing.assert_array_equal(forecast.mean, forecast_of(together.model, known).mean)


def test_the_mean_of_two_loses_at_most_the_mean_of_their_losses() -> None:
    panel = panel_of(rhythm(8, 140))
    origins = PastOrigins.of(panel, (panel.end - 14, panel.end - 7))
    one, other = (measure(str(factor), Constant(factor), origins) for factor in (0.5, 1.5))
    half = measure_mean(one, other, origins)
    assert (half.losses <= (one.losses + other.losses) / 2 + 1e-9).all()
    assert (half.losses < np.minimum(one.losses, other.losses)).any()
