"""Models tried on past origins: what they forecast there, how good it was, and how they are best combined."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Flags, Floats
from models.sales.data.panel import SalesPanel
from models.sales.gate.figures import Outcome, naive_scale, quantile_loss, scaled_sales
from models.sales.recipes.blending import band_factors, blend, select_weights
from models.sales.recipes.ensemble import SEGMENTS, EnsembleModel, Forecast, Mixture, forecast_of, segments_of
from models.sales.recipes.model import SalesModel
from models.sales.recipes.seasonal_naive import level_of

SERIES_TO_WEIGH = 1_000
"""Series that weights are found from, spread evenly, so that memory and time stay bounded."""


@dataclass(frozen=True, eq=False)
class PastOrigins:
    """The origins of a comparison, and what came after each.

    Attributes:
        panels: What was known at each origin.
        actuals: What came, (S, H) each, NaN where unknown.
        level: Of each series before the first of them, (S,).
        scales: See `models.sales.gate.figures.Outcome`, (S,) each.
    """

    panels: list[SalesPanel]
    actuals: list[Floats]
    level: Floats
    scales: list[Floats]

    @classmethod
    def of(cls, panel: SalesPanel, ordinals: tuple[int, ...]) -> PastOrigins:
        """The origins with these ordinals of step 1."""
        panels = [panel.before(ordinal) for ordinal in ordinals]
        horizon = panel.lengths.horizon
        columns = [ordinal - panel.first_ordinal for ordinal in ordinals]
        actuals = [panel.values[:, column : column + horizon] for column in columns]
        scales = [naive_scale(known.values, known.lengths.season) for known in panels]
        return cls(panels, actuals, level_of(panels[0].values), scales)


@dataclass(frozen=True, eq=False)
class Trial:
    """One candidate on all origins.

    Attributes:
        name: As the ledger says it.
        model: Fitted on what was known at the first of them.
        forecasts: One for each origin.
        outcomes: The same beside what came.
        losses: By series, (S,), see `models.sales.gate.figures.quantile_loss`.
        score: Their sum over the sales in the same units.
    """

    name: str
    model: SalesModel
    forecasts: list[Forecast]
    outcomes: list[Outcome]
    losses: Floats
    score: float


def try_model(name: str, model: SalesModel, origins: PastOrigins) -> Trial:
    """A fitted model on the origins."""
    return _judged(name, model, [forecast_of(model, panel) for panel in origins.panels], origins)


def try_together(trials: list[Trial], origins: PastOrigins) -> Trial:
    """The best weighted mean of what was tried, for each kind of series by itself."""
    first = origins.panels[0]
    found = {segment: _mixture(trials, origins, series) for segment, series in segments_of(first).items()}
    mixtures = {segment: found.get(segment, next(iter(found.values()))) for segment in SEGMENTS}
    model = EnsembleModel({trial.name: trial.model for trial in trials}, mixtures)
    forecasts = []
    for number, panel in enumerate(origins.panels):
        parts = {trial.name: trial.forecasts[number] for trial in trials}
        covered = np.any([parts[name].covered for name in model.counting], axis=0)
        forecasts.append(Forecast(covered, *model.combine(panel, parts)))
    return _judged(model.recipe, model, forecasts, origins)


def half_of_each(one: Trial, other: Trial, origins: PastOrigins) -> Trial:
    """The mean of two trials' forecasts."""
    forecasts = [
        Forecast(ours.covered, (ours.mean + theirs.mean) / 2, (ours.quantiles + theirs.quantiles) / 2)
        for ours, theirs in zip(one.forecasts, other.forecasts, strict=True)
    ]
    return _judged(f"{one.name} and {other.name}", one.model, forecasts, origins)


def _judged(name: str, model: SalesModel, forecasts: list[Forecast], origins: PastOrigins) -> Trial:
    outcomes = [
        Outcome(forecast.mean, forecast.quantiles, actual, scale)
        for forecast, actual, scale in zip(forecasts, origins.actuals, origins.scales, strict=True)
    ]
    losses = np.sum([quantile_loss(outcome, origins.level) for outcome in outcomes], axis=0)
    sales = sum(scaled_sales(outcome, origins.level) for outcome in outcomes)
    return Trial(name, model, forecasts, outcomes, losses, float(losses.sum()) / (sales if sales > 0 else 1.0))


def _mixture(trials: list[Trial], origins: PastOrigins, segment: Flags) -> Mixture:
    """Weights and bands for the series of one kind."""
    every = np.flatnonzero(segment)
    series = every[:: -(-len(every) // SERIES_TO_WEIGH)]
    parts = [[forecast.take(series) for forecast in trial.forecasts] for trial in trials]
    level, actuals = origins.level[series], [actual[series] for actual in origins.actuals]

    def mixed(weights: list[float]) -> list[Floats]:
        return [
            blend([part[number].quantiles for part in parts], weights, [part[number].covered for part in parts])
            for number in range(len(actuals))
        ]

    def loss(weights: list[float]) -> float:
        outcomes = zip(mixed(weights), actuals, strict=True)
        nothing = np.ones(len(series))
        return sum(
            float(quantile_loss(Outcome(quantiles[:, :, 2], quantiles, actual, nothing), level).sum())
            for quantiles, actual in outcomes
        )

    weights = select_weights(len(trials), loss)
    quantiles = np.concatenate([found.reshape(-1, found.shape[2]) for found in mixed(weights)])
    truth = np.concatenate([actual.ravel() for actual in actuals])
    return Mixture(tuple(weights), tuple(band_factors(quantiles, truth).tolist()))
