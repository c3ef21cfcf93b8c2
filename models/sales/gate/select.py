"""The gate: every recipe is compared on past origins, and what serves is combined of the best.

The primary score is the scaled quantile loss: pinball losses of the five quantiles, each series in units of its own
level, over the sales in the same units. It is a proper score of the whole distribution, defined for series of mostly
zeros as for smooth ones, and no series counts more for being large.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from models.common.selection import Progress, Selection, no_progress, part_of
from models.sales.data.outliers import without_outliers
from models.sales.data.panel import SalesPanel
from models.sales.features.training_windows import NothingToLearnError
from models.sales.gate.figures import figures
from models.sales.gate.measure import PastOrigins, Trial, half_of_each, try_model, try_together
from models.sales.gate.origins import choose_origins
from models.sales.gate.record import SeriesRecord
from models.sales.recipes.ensemble import EnsembleModel, reported_segments
from models.sales.recipes.model import SalesModel
from models.sales.recipes.registry import BASELINE, RECIPES, Candidate, candidates, fit_baseline
from models.sales.settings import SalesSettings
from nightcast.values import Evaluation, to_date

__all__ = ["BASELINE", "RECIPES", "SalesSelection", "fit_baseline", "score_at", "select"]

CHAMPION = "champion"


@dataclass(frozen=True, eq=False)
class SalesSelection(Selection[SalesModel]):
    """The winner of the gate, and how good it was for each series.

    Attributes:
        record: Of the panel's series.
    """

    record: SeriesRecord = field(default_factory=lambda: SeriesRecord.unknown(0))


def select(
    panel: SalesPanel,
    settings: SalesSettings,
    seed: int,
    champion: SalesModel | None = None,
    champion_day: int | None = None,
    as_of: int | None = None,
    progress: Progress = no_progress,
    tuned: SalesSettings | None = None,
) -> SalesSelection:
    """Compare the recipes on past origins, combine the best, and fit those on all that is known.

    Each recipe is fitted once, on what was known at the earliest origin, and scored on all origins. A champion that is
    as old as that origin or older takes part as it is; a younger one counts by its recipes. On a tie the champion
    stays, and the baseline goes before all others.

    Args:
        panel: What is known at the as-of.
        settings: Sizes and training.
        seed: Of everything random.
        champion: The model that served last.
        champion_day: Its as-of, days since 1970-01-01.
        as_of: The as-of; the panel's step 1 says the same, so it may be left out.
        progress: Told the share that is done.
        tuned: Settings that a search found; with them the networks take part a second time.
    """
    panel, _ = without_outliers(panel)
    origins = choose_origins(panel, settings.origins)
    if not origins.ordinals:
        return _baseline_only(
            panel, settings, f"the history is {_count(origins.missing_periods, 'period')} too short for a comparison"
        )
    past, taking_part = panel.before(origins.ordinals[0]), list(candidates(panel, settings, tuned))
    try:
        models = _fit_all(taking_part, past, seed, part_of(progress, 0.0, 0.5), {})
    except NothingToLearnError:
        return _baseline_only(panel, settings, "no series has enough known values before the comparison to learn from")
    known = PastOrigins.of(panel, origins.ordinals)
    trials = [try_model(name, model, known) for name, model in models.items()]
    best = try_together(trials, known)
    if champion is not None and champion_day is not None and _as_old(champion, champion_day, past):
        old = try_model(CHAMPION, champion, known)
        trials.append(old)
        best = old if old.score <= best.score else best
    model = best.model
    if isinstance(model, EnsembleModel) and best.name != CHAMPION:
        counting = [candidate for candidate in taking_part if candidate.name in model.counting]
        model = model.refitted(_fit_all(counting, panel, seed, part_of(progress, 0.65, 1.0), models))
    progress(1.0)
    return SalesSelection(
        model=model,
        recipe=model.recipe,
        retrained=best.name != CHAMPION,
        decision=_decision(best, trials, panel, origins.ordinals),
        evaluations=_evaluations(best, trials[0], panel, origins.ordinals),
        record=_record(best, trials[0], known),
    )


def _fit_all(
    chosen: list[Candidate], panel: SalesPanel, seed: int, progress: Progress, earlier: dict[str, SalesModel]
) -> dict[str, SalesModel]:
    """Each candidate fitted on what the panel knows, going on from where it was fitted earlier."""
    found: dict[str, SalesModel] = {}
    for number, candidate in enumerate(chosen):
        share = part_of(progress, number / len(chosen), (number + 1) / len(chosen))
        found[candidate.name] = candidate.fit(panel, seed, share, earlier.get(candidate.name))
    return found


def _as_old(champion: SalesModel, day: int, past: SalesPanel) -> bool:
    """Whether a champion may be scored on the origins as it is: it knows nothing of them, and forecasts the same."""
    same = champion.horizon == past.lengths.horizon and champion.frequency == past.calendar.frequency
    return same and day <= int(past.calendar.first_day(past.end))


def score_at(model: SalesModel, panel: SalesPanel, origins: tuple[int, ...]) -> float:
    """The primary score of a model at these origins."""
    return try_model(model.recipe, model, PastOrigins.of(panel, origins)).score


def _record(best: Trial, baseline: Trial, origins: PastOrigins) -> SeriesRecord:
    half = half_of_each(best, baseline, origins)
    return SeriesRecord.of_losses(best.losses, half.losses, baseline.losses)


def _evaluations(best: Trial, baseline: Trial, panel: SalesPanel, origins: tuple[int, ...]) -> list[Evaluation]:
    found = []
    for origin, ours, theirs in zip(origins, best.outcomes, baseline.outcomes, strict=True):
        day = int(panel.calendar.first_day(origin))
        for segment, series in reported_segments(panel).items():
            figure, beside = figures(ours, series), figures(theirs, series)
            found += [
                Evaluation(day, segment, metric, value, BASELINE, beside[metric])
                for metric, value in figure.items()
                if metric in beside
            ]
    return found


def _decision(best: Trial, trials: list[Trial], panel: SalesPanel, origins: tuple[int, ...]) -> str:
    since = to_date(int(panel.calendar.first_day(origins[0])))
    beside = [trial for trial in [best, *trials] if trial is best or trial.name != best.name]
    scores = ", ".join(f"{_title(trial.name)} {trial.score:.4f}" for trial in sorted(beside, key=lambda t: t.score))
    return (
        f"{_title(best.name)} serves{_made_of(best)}: scaled quantile loss on {_count(len(origins), 'origin')} since "
        f"{since} (less is better): {scores}."
    )


def _made_of(best: Trial) -> str:
    """What an ensemble is made of; nothing for a model alone."""
    model = best.model
    if not isinstance(model, EnsembleModel) or best.name == CHAMPION or len(model.counting) == 1:
        return ""
    said = {segment: _shares(model.weights(segment)) for segment in model.mixtures}
    if len(set(said.values())) == 1:
        return f" ({next(iter(said.values()))})"
    return f" ({'; '.join(f'{segment} series: {shares}' for segment, shares in said.items())})"


def _shares(weights: dict[str, float]) -> str:
    return ", ".join(f"{weight:.0%} {name}" for name, weight in weights.items())


def _title(name: str) -> str:
    return "the old champion" if name == CHAMPION else name


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _baseline_only(panel: SalesPanel, settings: SalesSettings, why: str) -> SalesSelection:
    return SalesSelection(
        model=fit_baseline(panel, settings),
        recipe=BASELINE,
        retrained=True,
        decision=f"{BASELINE} serves: {why}.",
        record=SeriesRecord.unknown(panel.series_count),
    )
