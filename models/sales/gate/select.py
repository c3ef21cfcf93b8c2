"""The gate: the recipes are compared at past origins, and the serving model combines the best.

The score is the scaled quantile loss: the pinball losses of all quantiles, each series in units of its own level, over
the sales in the same units. It is a proper score of the whole distribution, is defined for series of mostly zeros too,
and gives no series more weight because it is large.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.common.arrays import Flags, Floats
from models.common.selection import (
    Budget,
    Champion,
    Progress,
    Selection,
    no_progress,
    part_of,
    with_shares,
)
from models.sales.data.panel import SalesPanel
from models.sales.gate.contenders import Comparison, Contender, compared_series
from models.sales.gate.figures import PastForecast, figures, reported_segments
from models.sales.gate.measure import (
    Measurement,
    measure_alone,
    measure_combined,
    measure_model,
    mixtures_of,
)
from models.sales.gate.origins import PastOrigins, choose_origins, origin_count
from models.sales.gate.stretches import stretches_of
from models.sales.recipes.ensemble import EnsembleModel
from models.sales.recipes.model import SalesModel
from models.sales.recipes.registry import BASELINE, FIXED, any_trained, candidates, fit_fixed
from models.sales.settings import SalesSettings
from nightcast.values import Evaluation, counted, to_date

CHAMPION = "the champion"


def select(
    known: SalesPanel,
    settings: SalesSettings,
    seed: int,
    *,
    champion: Champion[SalesModel] | None = None,
    tuned: SalesSettings | None = None,
    budget_seconds: float = np.inf,
    progress: Progress = no_progress,
) -> Selection[SalesModel]:
    """Compare the recipes at past origins, combine the best, and fit them on all that is known.

    Each recipe is fitted at every origin on what was known there. The weights that serve are the best at all origins;
    what is measured at an origin has the weights that were best before it. If that is worse than the baseline, the best
    single recipe serves. A champion that knows nothing of the newest origin is compared there as it is, and stays on a
    tie.

    Args:
        known: What is known at the as-of, without outliers.
        settings: Settings of the night.
        seed: Seed of all random numbers.
        champion: The model that serves now, if there is one.
        tuned: Settings from a search; with them the networks take part a second time.
        budget_seconds: The time that the training may take: it decides which recipes take part.
        progress: Called with the share that is done.
    """
    origins = choose_origins(known, origin_count(known, trains=any_trained(known, settings)))
    past = PastOrigins.of(known, origins.ordinals, origins.steps) if origins.ordinals else None
    if past is None or not (past.level > 0).any():
        return _fixed_only(known, settings)
    comparison = Comparison(past, compared_series(past.panels[0]), Budget(budget_seconds), seed)
    contenders = comparison.contenders(candidates(known, settings, tuned), part_of(progress, 0.0, 0.7))
    compared = past.take(comparison.series)
    measured = [measure_alone(one, compared) for one in contenders]
    best = _best(contenders, measured, compared)
    if champion is not None and _is_comparable(champion, past.panels[-1]):
        as_it_is = measure_model(CHAMPION, champion.model, compared.newest)
        if as_it_is.score <= best.measured.newest:
            best = Best(champion.model, champion.model, as_it_is)
        measured.append(as_it_is)
    model = best.model
    if isinstance(model, EnsembleModel) and best.measured.name != CHAMPION:
        model = _refitted(model, contenders, known, seed, part_of(progress, 0.7, 1.0))
    progress(1.0)
    return Selection(
        model=model,
        recipe=model.recipe,
        retrained=best.measured.name != CHAMPION,
        decision=_decision(best, measured, comparison),
        evaluations=_evaluations(best.measured, measured[0], compared),
        skill=_skill(best, measured[0], contenders[0].model, comparison),
    )


@dataclass(frozen=True, eq=False)
class Best:
    """What serves.

    Attributes:
        model: The model, to be refitted unless it is the champion.
        then: The model as it was measured at the newest origin.
        measured: Its measurement.
    """

    model: SalesModel
    then: SalesModel
    measured: Measurement


def _best(contenders: list[Contender], measured: list[Measurement], compared: PastOrigins) -> Best:
    """The combination of the candidates, or the best single one where it is no better than the baseline, the first.

    What was best at one origin may be worse than the baseline at the next, where the past is short and turns.
    """
    names = [one.name for one in contenders]
    fixed = names.index(FIXED) if FIXED in names else 0
    models = {one.name: one.model for one in contenders}
    mixtures = mixtures_of(contenders, compared, fixed)
    combined = measure_combined(contenders, compared, mixtures[:-1])
    if combined.score < measured[0].score:
        before, now = (EnsembleModel(models, mixture) for mixture in mixtures[-2:])
        return Best(now, before, replace(combined, name=now.recipe))
    simple = min(measured, key=lambda one: one.score)
    alone = EnsembleModel.of(simple.name, models[simple.name])
    return Best(alone, alone, simple)


def _refitted(
    model: EnsembleModel, contenders: list[Contender], known: SalesPanel, seed: int, progress: Progress
) -> EnsembleModel:
    """The combination with its counting models fitted on all that is known."""
    counting = [one for one in contenders if one.name in model.counting]
    return model.refitted(
        {one.name: one.candidate.fit(known, seed, share, one.model) for one, share in with_shares(counting, progress)}
    )


def _is_comparable(champion: Champion[SalesModel], newest: SalesPanel) -> bool:
    """Whether a champion can be measured at the newest origin: it knows nothing of it, and forecasts such periods."""
    theirs = champion.model.horizon, champion.model.frequency
    known_before = champion.as_of_day <= int(newest.calendar.first_day(newest.end))
    return known_before and theirs == (newest.lengths.horizon, newest.calendar.frequency)


def _fixed_only(known: SalesPanel, settings: SalesSettings) -> Selection[SalesModel]:
    """The fixed combination, where nothing can be compared."""
    model = fit_fixed(known, settings)
    length = counted(max(known.source_end - known.first_ordinal, 0), "period")
    return Selection(
        model=model,
        recipe=model.recipe,
        retrained=True,
        decision=f"{model.recipe} serves: with {length} of history there is nothing to compare recipes on.",
        skill=np.full(known.series_count, np.nan),
    )


def _skill(best: Best, baseline: Measurement, naive: SalesModel, comparison: Comparison) -> Floats:
    """The skill of each series; of compared ones over all measured origins, else of all at the newest."""
    ours, theirs, series = best.measured.losses, baseline.losses, comparison.series
    if comparison.share > 1 or best.measured.name == CHAMPION:
        newest = comparison.past.newest
        ours, theirs = (measure_model("", model, newest).losses for model in (best.then, naive))
        series = np.arange(len(newest.level))
    skill = np.full(len(comparison.past.level), np.nan)
    skill[series] = 1 - np.divide(ours, theirs, out=np.full(len(theirs), np.nan), where=theirs > 0)
    return skill


def _evaluations(best: Measurement, baseline: Measurement, compared: PastOrigins) -> list[Evaluation]:
    """The figures of the measured origins, with the baseline's."""
    evaluations: list[Evaluation] = []
    count = len(best.past)
    newest = zip(compared.panels[-count:], compared.days[-count:], best.past, baseline.past[-count:], strict=True)
    for panel, day, ours, theirs in newest:
        for segment, series in reported_segments(panel).items():
            evaluations += _compared(day, segment, ours, theirs, series)
        every = np.ones(len(ours.mean), bool)
        stretches = stretches_of(panel.calendar.family, panel.lengths.horizon)
        for stretch in (one for one in stretches if one.last <= compared.steps):
            evaluations += _compared(day, stretch.segment, stretch.of(ours), stretch.of(theirs), every)
    return evaluations


def _compared(day: int, segment: str, ours: PastForecast, theirs: PastForecast, series: Flags) -> Iterator[Evaluation]:
    """The figures that both have."""
    beside = figures(theirs, series)
    for metric, value in figures(ours, series).items():
        if metric in beside:
            yield Evaluation(day, segment, metric, value, BASELINE, beside[metric])


def _decision(best: Best, measured: Sequence[Measurement], comparison: Comparison) -> str:
    days, past = comparison.past.days[-len(measured[0].past) :], comparison.past
    others = [one for one in measured if one.name != best.measured.name]
    ranked = sorted([best.measured, *others], key=lambda one: one.score)
    scores = ", ".join(f"{one.name} {one.score:.4f}" for one in ranked)
    horizon, count = past.panels[0].lengths.horizon, len(past.level)
    limits = [f" of the first {past.steps} of {horizon} steps"] * (past.steps < horizon)
    limits += [f" of {len(comparison.series):,} of {count:,} series"] * (comparison.share > 1)
    notes = "".join(f" {note[0].upper()}{note[1:]}." for note in comparison.notes)
    return (
        f"{best.measured.name} serves{_composition(best)}: scaled quantile loss{''.join(limits)} on "
        f"{counted(len(days), 'origin')} since {to_date(days[0])} (less is better): {scores}.{notes}"
    )


def _composition(best: Best) -> str:
    """The weights of an ensemble in parentheses; nothing for a model alone."""
    model = best.model
    if not isinstance(model, EnsembleModel) or best.measured.name == CHAMPION or len(model.counting) == 1:
        return ""
    shares = {segment: _shares(model.weights(segment)) for segment in model.mixtures}
    if len(set(shares.values())) == 1:
        return f" ({next(iter(shares.values()))})"
    return f" ({'; '.join(f'{segment} series: {weights}' for segment, weights in shares.items())})"


def _shares(weights: dict[str, float]) -> str:
    return ", ".join(f"{weight:.0%} {name}" for name, weight in weights.items())
