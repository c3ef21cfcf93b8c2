"""Measures candidates, and their combinations, at past origins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.common.arrays import Flags, Floats
from models.sales.data.panel import SalesPanel
from models.sales.gate.contenders import Contender
from models.sales.gate.figures import PastForecast, quantile_loss, scaled_sales
from models.sales.gate.origins import PastOrigins
from models.sales.recipes.blending import band_factors, blend, select_weights, widen
from models.sales.recipes.ensemble import SEGMENTS, EnsembleModel, Mixture, segments_of
from models.sales.recipes.model import MEDIAN, Forecast, SalesModel, finish, forecast_of

FEW = 50
"""Observed values that weigh as much as the fixed combination does before anything is observed."""


@dataclass(frozen=True, eq=False)
class Measurement:
    """The accuracy of forecasts from past origins.

    Attributes:
        name: Their name in the ledger's decision.
        past: The forecasts with the observed values, for each measured origin.
        losses: Losses by series, (S,), see `models.sales.gate.figures.quantile_loss`.
        score: The sum of the losses over the sum of the sales in the same units.
        newest: The same at the newest origin alone.
    """

    name: str
    past: list[PastForecast]
    losses: Floats
    score: float
    newest: float


def measure(name: str, forecasts: Sequence[Forecast], origins: PastOrigins) -> Measurement:
    """The measurement of the forecasts from the newest origins, as many as there are forecasts."""
    newest = slice(len(origins.panels) - len(forecasts), None)
    past = [
        PastForecast(forecast.mean, forecast.quantiles, actual, scale)
        for forecast, actual, scale in zip(forecasts, origins.actuals[newest], origins.scales[newest], strict=True)
    ]
    losses = [quantile_loss(one, origins.level) for one in past]
    sales = [scaled_sales(one, origins.level) for one in past]
    score = _ratio(float(np.sum(losses)), sum(sales))
    return Measurement(name, past, np.sum(losses, axis=0), score, _ratio(float(losses[-1].sum()), sales[-1]))


def _ratio(loss: float, sales: float) -> float:
    return loss / (sales if sales > 0 else 1.0)


def first_measured(origins: PastOrigins) -> int:
    """The number of the first origin that is measured: the one before it serves to choose, where there are several."""
    return min(1, len(origins.panels) - 1)


def measure_alone(contender: Contender, origins: PastOrigins) -> Measurement:
    """The measurement of one candidate by itself."""
    first = first_measured(origins)
    pairs = zip(contender.forecasts[first:], origins.panels[first:], strict=True)
    return measure(contender.name, [finish(forecast, panel) for forecast, panel in pairs], origins)


def mixtures_of(contenders: Sequence[Contender], origins: PastOrigins, prior: int) -> list[dict[str, Mixture]]:
    """The mixtures that were known at each measured origin, and that of all origins; see `choose_mixtures`."""
    count = len(origins.panels)
    return [choose_mixtures(contenders, origins, until, prior) for until in range(first_measured(origins), count + 1)]


def measure_combined(
    contenders: Sequence[Contender], origins: PastOrigins, mixtures: Sequence[dict[str, Mixture]]
) -> Measurement:
    """The measurement of the candidates' weighted mean.

    Args:
        contenders: The candidates.
        origins: The origins.
        mixtures: Of each measured origin, from those before it, see `mixtures_of`.
    """
    forecasts, models, first = [], {one.name: one.model for one in contenders}, first_measured(origins)
    for number, (panel, mixture) in enumerate(zip(origins.panels[first:], mixtures, strict=True), start=first):
        parts = {one.name: one.forecasts[number] for one in contenders}
        forecasts.append(finish(EnsembleModel(models, mixture).combine(panel, parts), panel))
    return measure("ensemble", forecasts, origins)


def measure_model(name: str, model: SalesModel, origins: PastOrigins) -> Measurement:
    """The measurement of a fitted model at all origins."""
    return measure(name, [forecast_of(model, panel) for panel in origins.panels], origins)


def choose_mixtures(
    contenders: Sequence[Contender], origins: PastOrigins, until: int, prior: int
) -> dict[str, Mixture]:
    """The best weighted mean of the candidates at the first `until` origins, separately for each segment of series.

    Args:
        contenders: The candidates.
        origins: The origins.
        until: Number of origins to choose on; with none, the fixed combination gets all weight.
        prior: The place of the fixed combination, which has some weight where little is observed.
    """
    if not until:
        weights = tuple(float(place == prior) for place in range(len(contenders)))
        return dict.fromkeys(SEGMENTS, Mixture(weights))
    segments = segments_of(origins.panels[until - 1])
    known = {name: _mixture(contenders, origins, series, until, prior) for name, series in segments.items()}
    return {segment: known.get(segment, next(iter(known.values()))) for segment in SEGMENTS}


def score_at(model: SalesModel, panel: SalesPanel, ordinals: tuple[int, ...]) -> float:
    """The score of a model at these origins."""
    return measure_model(model.recipe, model, PastOrigins.of(panel, ordinals)).score


def _mixture(contenders: Sequence[Contender], origins: PastOrigins, segment: Flags, until: int, prior: int) -> Mixture:
    """Weights and band factors for the series of one segment."""
    series = np.flatnonzero(segment)
    parts = [[forecast.take(series) for forecast in one.forecasts[:until]] for one in contenders]
    level, actuals = origins.level[series], [actual[series] for actual in origins.actuals[:until]]

    def blended(weights: list[float]) -> list[Floats]:
        return [
            blend([part[number].quantiles for part in parts], weights, [part[number].covered for part in parts])
            for number in range(until)
        ]

    idle = [not any(origin.covered.any() for origin in part) for part in parts]

    def loss_of(quantiles: list[Floats]) -> float:
        no_scale = np.ones(len(series))
        past = [
            PastForecast(origin[:, :, MEDIAN], origin, actual, no_scale)
            for origin, actual in zip(quantiles, actuals, strict=True)
        ]
        return sum(float(quantile_loss(one, level).sum()) for one in past)

    def loss(weights: list[float]) -> float:
        if any(weight > 0 and is_idle for weight, is_idle in zip(weights, idle, strict=True)):
            return np.inf  # it forecasts none of these series, so its weight would say nothing
        return loss_of(blended(weights))

    observed = sum(int(np.count_nonzero(~np.isnan(actual))) for actual in actuals)
    weights = select_weights(len(contenders), loss, prior, FEW / (FEW + observed))
    mixed, actual = blended(weights), np.concatenate([actual.ravel() for actual in actuals])
    quantiles = np.concatenate([origin.reshape(-1, origin.shape[2]) for origin in mixed])
    factors = band_factors(quantiles, actual, until)
    # Bands of whole numbers hold more than their share by nature: narrower ones would only be wrong.
    if loss_of([widen(origin, factors) for origin in mixed]) >= loss_of(mixed):
        factors = np.ones(len(factors))
    return Mixture(tuple(weights), tuple(factors.tolist()))
