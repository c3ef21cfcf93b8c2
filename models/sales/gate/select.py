"""The gate: the recipes are compared at past origins, and the serving model combines the best.

The score is the scaled quantile loss: the pinball losses of all quantiles, each series in units of its own level,
over the sales in the same units. It is a proper score of the whole distribution, is defined for series of mostly zeros
too, and gives no series more weight because it is large.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from models.common.selection import Champion, Progress, Selection, no_progress, part_of, with_shares
from models.sales.data.panel import SalesPanel
from models.sales.features.training_windows import NothingToLearnError
from models.sales.gate.figures import figures, reported_segments
from models.sales.gate.measure import Measurement, measure, measure_ensemble, measure_mean
from models.sales.gate.origins import PastOrigins, choose_origins
from models.sales.gate.record import SeriesRecord
from models.sales.recipes.ensemble import EnsembleModel
from models.sales.recipes.model import SalesModel
from models.sales.recipes.registry import BASELINE, SalesCandidate, candidates, fit_baseline
from models.sales.settings import SalesSettings
from nightcast.values import Evaluation, counted, to_date

CHAMPION = "the champion"


@dataclass(frozen=True, eq=False)
class SalesSelection(Selection[SalesModel]):
    """The winner of the gate, and its accuracy for each series.

    Attributes:
        record: Record of the panel's series.
    """

    record: SeriesRecord = field(default_factory=lambda: SeriesRecord.unknown(0))


def select(
    known: SalesPanel,
    settings: SalesSettings,
    seed: int,
    *,
    champion: Champion[SalesModel] | None = None,
    tuned: SalesSettings | None = None,
    progress: Progress = no_progress,
) -> SalesSelection:
    """Compare the recipes at past origins, combine the best, and fit them on all that is known.

    Each recipe is fitted once, on what was known at the earliest origin, and measured at all origins. A champion that
    knows nothing of the origins takes part as it is; a younger one takes part only by its recipes. On a tie the
    champion stays, and the baseline wins over all others.

    Args:
        known: What is known at the as-of, without outliers.
        settings: Settings of the night.
        seed: Seed of all random numbers.
        champion: The model that serves now, if there is one.
        tuned: Settings from a search; with them the networks take part a second time.
        progress: Called with the share that is done.
    """
    origins = choose_origins(known)
    if not origins.ordinals:
        missing = counted(origins.missing_periods, "period")
        return _baseline_only(known, settings, f"the history is {missing} too short for a comparison")
    past, taking_part = PastOrigins.of(known, origins.ordinals), list(candidates(known, settings, tuned))
    try:
        models = _fit_all(taking_part, past.panels[0], seed, part_of(progress, 0.0, 0.5), {})
    except NothingToLearnError:
        return _baseline_only(known, settings, "no series has enough known values before the comparison to learn from")
    measured = [measure(name, model, past) for name, model in models.items()]
    best = measure_ensemble(measured, past)
    if champion is not None and _is_comparable(champion, past.panels[0]):
        measured.append(measure(CHAMPION, champion.model, past))
        best = measured[-1] if measured[-1].score <= best.score else best
    model = best.model
    if isinstance(model, EnsembleModel) and best.name != CHAMPION:
        counting = [candidate for candidate in taking_part if candidate.name in model.counting]
        model = model.refitted(_fit_all(counting, known, seed, part_of(progress, 0.65, 1.0), models))
    progress(1.0)
    return _selection(model, best, measured, known, past)


def _fit_all(
    chosen: list[SalesCandidate], panel: SalesPanel, seed: int, progress: Progress, earlier: dict[str, SalesModel]
) -> dict[str, SalesModel]:
    """Each candidate fitted on what the panel knows, continuing from its earlier fit."""
    return {
        candidate.name: candidate.fit(panel, seed, share, earlier.get(candidate.name))
        for candidate, share in with_shares(chosen, progress)
    }


def _is_comparable(champion: Champion[SalesModel], past: SalesPanel) -> bool:
    """Whether a champion can be measured at the origins: it knows nothing of them, and forecasts the same periods."""
    theirs = champion.model.horizon, champion.model.frequency
    known_before = champion.as_of_day <= int(past.calendar.first_day(past.end))
    return known_before and theirs == (past.lengths.horizon, past.calendar.frequency)


def _selection(
    model: SalesModel, best: Measurement, measured: list[Measurement], known: SalesPanel, past: PastOrigins
) -> SalesSelection:
    baseline = measured[0]
    half = measure_mean(best, baseline, past)
    days = [int(panel.calendar.first_day(panel.end)) for panel in past.panels]
    return SalesSelection(
        model=model,
        recipe=model.recipe,
        retrained=best.name != CHAMPION,
        decision=_decision(best, measured, days),
        evaluations=_evaluations(best, baseline, known, days),
        record=SeriesRecord.of_losses(best.losses, half.losses, baseline.losses),
    )


def _baseline_only(known: SalesPanel, settings: SalesSettings, why: str) -> SalesSelection:
    return SalesSelection(
        model=fit_baseline(known, settings),
        recipe=BASELINE,
        retrained=True,
        decision=f"{BASELINE} serves: {why}.",
        record=SeriesRecord.unknown(known.series_count),
    )


def _evaluations(best: Measurement, baseline: Measurement, known: SalesPanel, days: list[int]) -> list[Evaluation]:
    evaluations: list[Evaluation] = []
    for day, ours, theirs in zip(days, best.past, baseline.past, strict=True):
        for segment, series in reported_segments(known).items():
            own, beside = figures(ours, series), figures(theirs, series)
            evaluations += [
                Evaluation(day, segment, metric, value, BASELINE, beside[metric])
                for metric, value in own.items()
                if metric in beside
            ]
    return evaluations


def _decision(best: Measurement, measured: list[Measurement], days: list[int]) -> str:
    others = [candidate for candidate in measured if candidate.name != best.name]
    ranked = sorted([best, *others], key=lambda candidate: candidate.score)
    scores = ", ".join(f"{candidate.name} {candidate.score:.4f}" for candidate in ranked)
    return (
        f"{best.name} serves{_composition(best)}: scaled quantile loss on {counted(len(days), 'origin')} since "
        f"{to_date(days[0])} (less is better): {scores}."
    )


def _composition(best: Measurement) -> str:
    """The weights of an ensemble in parentheses; nothing for a model alone."""
    model = best.model
    if not isinstance(model, EnsembleModel) or best.name == CHAMPION or len(model.counting) == 1:
        return ""
    shares = {segment: _shares(model.weights(segment)) for segment in model.mixtures}
    if len(set(shares.values())) == 1:
        return f" ({next(iter(shares.values()))})"
    return f" ({'; '.join(f'{segment} series: {weights}' for segment, weights in shares.items())})"


def _shares(weights: dict[str, float]) -> str:
    return ", ".join(f"{weight:.0%} {name}" for name, weight in weights.items())
