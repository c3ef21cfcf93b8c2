"""Measures candidates at past origins, and their best combination."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Flags, Floats
from models.sales.data.panel import SalesPanel
from models.sales.gate.figures import PastForecast, quantile_loss, scaled_sales
from models.sales.gate.origins import PastOrigins
from models.sales.recipes.blending import band_factors, blend, select_weights
from models.sales.recipes.ensemble import SEGMENTS, EnsembleModel, Mixture, segments_of
from models.sales.recipes.model import MEDIAN, Forecast, SalesModel, finish, forecast_of

SERIES_TO_WEIGH = 1_000
"""Series from which weights are estimated, evenly spread; this bounds memory and time."""


@dataclass(frozen=True, eq=False)
class Measurement:
    """The measurement of one candidate at all origins.

    Attributes:
        name: Its name in the ledger's decision.
        model: The model, fitted on what was known at the first origin.
        forecasts: The forecast from each origin.
        past: The same forecasts with the observed values.
        losses: Losses by series, (S,), see `models.sales.gate.figures.quantile_loss`.
        score: The sum of the losses over the sum of the sales in the same units.
    """

    name: str
    model: SalesModel
    forecasts: list[Forecast]
    past: list[PastForecast]
    losses: Floats
    score: float


def measure(name: str, model: SalesModel, origins: PastOrigins) -> Measurement:
    """The measurement of a fitted model."""
    return _measured(name, model, [forecast_of(model, panel) for panel in origins.panels], origins)


def measure_ensemble(candidates: list[Measurement], origins: PastOrigins) -> Measurement:
    """The measurement of the best weighted mean of the candidates, separately for each segment of series."""
    segments = segments_of(origins.panels[0])
    known = {segment: _mixture(candidates, origins, series) for segment, series in segments.items()}
    mixtures = {segment: known.get(segment, next(iter(known.values()))) for segment in SEGMENTS}
    model = EnsembleModel({candidate.name: candidate.model for candidate in candidates}, mixtures)
    forecasts = []
    for number, panel in enumerate(origins.panels):
        parts = {candidate.name: candidate.forecasts[number] for candidate in candidates}
        forecasts.append(finish(model.combine(panel, parts), panel))
    return _measured(model.recipe, model, forecasts, origins)


def measure_mean(one: Measurement, other: Measurement, origins: PastOrigins) -> Measurement:
    """The measurement of the mean of two candidates' forecasts."""
    forecasts = [
        Forecast(ours.covered, (ours.mean + theirs.mean) / 2, (ours.quantiles + theirs.quantiles) / 2)
        for ours, theirs in zip(one.forecasts, other.forecasts, strict=True)
    ]
    return _measured(f"{one.name} and {other.name}", one.model, forecasts, origins)


def score_at(model: SalesModel, panel: SalesPanel, ordinals: tuple[int, ...]) -> float:
    """The score of a model at these origins."""
    return measure(model.recipe, model, PastOrigins.of(panel, ordinals)).score


def _measured(name: str, model: SalesModel, forecasts: list[Forecast], origins: PastOrigins) -> Measurement:
    past = [
        PastForecast(forecast.mean, forecast.quantiles, actual, scale)
        for forecast, actual, scale in zip(forecasts, origins.actuals, origins.scales, strict=True)
    ]
    losses = np.sum([quantile_loss(one, origins.level) for one in past], axis=0)
    sales = sum(scaled_sales(one, origins.level) for one in past)
    return Measurement(name, model, forecasts, past, losses, float(losses.sum()) / (sales if sales > 0 else 1.0))


def _mixture(candidates: list[Measurement], origins: PastOrigins, segment: Flags) -> Mixture:
    """Weights and band factors for the series of one segment."""
    every = np.flatnonzero(segment)
    series = every[:: -(-len(every) // SERIES_TO_WEIGH)]
    parts = [[forecast.take(series) for forecast in candidate.forecasts] for candidate in candidates]
    level, actuals = origins.level[series], [actual[series] for actual in origins.actuals]

    def blended(weights: list[float]) -> list[Floats]:
        return [
            blend([part[number].quantiles for part in parts], weights, [part[number].covered for part in parts])
            for number in range(len(actuals))
        ]

    def loss(weights: list[float]) -> float:
        no_scale = np.ones(len(series))
        past = [
            PastForecast(quantiles[:, :, MEDIAN], quantiles, actual, no_scale)
            for quantiles, actual in zip(blended(weights), actuals, strict=True)
        ]
        return sum(float(quantile_loss(one, level).sum()) for one in past)

    weights = select_weights(len(candidates), loss)
    quantiles = np.concatenate([origin.reshape(-1, origin.shape[2]) for origin in blended(weights)])
    actual = np.concatenate([actual.ravel() for actual in actuals])
    return Mixture(tuple(weights), tuple(band_factors(quantiles, actual).tolist()))
