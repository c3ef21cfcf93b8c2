"""The gate: every recipe is compared on past origins, and the best is refitted on all that is known.

The primary score is the scaled quantile loss: pinball losses of the five quantiles, each series in units of its own
level, over the sales in the same units. It is a proper score of the whole distribution, defined for series of mostly
zeros as for smooth ones, and no series counts more for being large.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from models.sales.arrays import Flags, Floats
from models.sales.lstm import LstmModel
from models.sales.model import SalesModel
from models.sales.origins import choose_origins
from models.sales.panel import SalesPanel
from models.sales.scores import Outcome, figures, naive_scale, quantile_loss, scaled_sales
from models.sales.seasonal_naive import SeasonalNaive, level_of
from models.sales.settings import SalesSettings
from models.sales.training import NothingToLearnError, fit_lstm
from models.selection import Progress, Selection, no_progress
from nightcast.values import Evaluation, to_date

BASELINE = "seasonal_naive"
CHAMPION = "champion"
TUNED = "lstm with the settings of the search"
Fit = Callable[[SalesPanel, SalesSettings, int, Progress, SalesModel | None], SalesModel]
"""Fits a recipe; its last argument is the same recipe fitted at an earlier origin of the same night, to go on from."""


def fit_baseline(panel: SalesPanel, settings: SalesSettings) -> SalesModel:
    """The baseline for this panel; it has nothing to learn."""
    return SeasonalNaive(panel.lengths.horizon, panel.lengths.season, panel.calendar.frequency)


def _fit_baseline(
    panel: SalesPanel, settings: SalesSettings, seed: int, progress: Progress, start: SalesModel | None
) -> SalesModel:
    return fit_baseline(panel, settings)


def _fit_lstm(
    panel: SalesPanel, settings: SalesSettings, seed: int, progress: Progress, start: SalesModel | None
) -> SalesModel:
    return fit_lstm(panel, settings, seed, progress, start if isinstance(start, LstmModel) else None)


RECIPES: dict[str, Fit] = {"lstm": _fit_lstm, BASELINE: _fit_baseline}
"""How each recipe is fitted."""


@dataclass(frozen=True, eq=False)
class SalesSelection(Selection[SalesModel]):
    """The winner of the gate, and how good it was for each series.

    Attributes:
        skill: 1 - loss / loss of seasonal naive over the origins, (S,), by the panel's codes; NaN where undefined.
    """

    skill: Floats = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True, eq=False)
class Trial:
    """One candidate on all origins: its outcomes, its losses by series (S,), and its score."""

    name: str
    model: SalesModel
    outcomes: list[Outcome]
    losses: Floats
    score: float


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
    """Compare the recipes on past origins and fit the best one on all that is known.

    Each recipe is fitted once, on what was known at the earliest origin, and scored on all origins. A champion that is
    as old as that origin or older takes part as it is; a younger one counts by its recipe. On a tie the champion stays,
    and the baseline goes before a network.

    Args:
        panel: What is known at the as-of.
        settings: Sizes and training.
        seed: Of everything random.
        champion: The model that served last.
        champion_day: Its as-of, days since 1970-01-01.
        as_of: The as-of; the panel's step 1 says the same, so it may be left out.
        progress: Told the share that is done.
        tuned: Settings that a search found; with them the network takes part a second time.
    """
    origins = choose_origins(panel, settings.origins)
    if not origins.ordinals:
        return _baseline_only(
            panel, settings, f"the history is {_count(origins.missing_periods, 'period')} too short for a comparison"
        )
    past = panel.before(origins.ordinals[0])
    try:
        fitted = _candidates(past, settings, seed, champion, champion_day, _part(progress, 0.0, 0.55))
        if tuned is not None:
            fitted[TUNED] = fit_lstm(past, tuned, seed)
    except NothingToLearnError:
        return _baseline_only(panel, settings, "no series has enough known values before the comparison to learn from")
    trials = [_try(name, model, panel, origins.ordinals) for name, model in fitted.items()]
    best = min(trials, key=lambda trial: trial.score)  # the first of equals
    baseline = next(trial for trial in trials if trial.name == BASELINE)
    refit = _part(progress, 0.65, 1.0)
    chosen = tuned if best.name == TUNED and tuned is not None else settings
    model = best.model if best.name == CHAMPION else RECIPES[best.model.recipe](panel, chosen, seed, refit, best.model)
    progress(1.0)
    return SalesSelection(
        model=model,
        recipe=best.model.recipe,
        retrained=best.name != CHAMPION,
        decision=_decision(best, trials, panel, origins.ordinals),
        evaluations=_evaluations(best, baseline, panel, origins.ordinals),
        skill=_skill(best, baseline),
    )


def _candidates(
    past: SalesPanel,
    settings: SalesSettings,
    seed: int,
    champion: SalesModel | None,
    champion_day: int | None,
    progress: Progress,
) -> dict[str, SalesModel]:
    """The candidates, the champion first and the baseline before the networks, so that ties keep the simpler one."""
    found: dict[str, SalesModel] = {}
    first_day = int(past.calendar.first_day(past.end))
    fits = champion is not None and _same_shape(champion, past)
    if champion is not None and fits and champion_day is not None and champion_day <= first_day:
        found[CHAMPION] = champion
    found[BASELINE] = fit_baseline(past, settings)
    for recipe, fit in RECIPES.items():
        if recipe != BASELINE:
            found[recipe] = fit(past, settings, seed, progress, None)
    return found


def _same_shape(champion: SalesModel, panel: SalesPanel) -> bool:
    return champion.horizon == panel.lengths.horizon and champion.frequency == panel.calendar.frequency


def _try(name: str, model: SalesModel, panel: SalesPanel, origins: tuple[int, ...]) -> Trial:
    outcomes = [_outcome(model, panel, origin) for origin in origins]
    level = level_of(panel.before(origins[0]).values)
    losses = np.sum([quantile_loss(outcome, level) for outcome in outcomes], axis=0)
    sales = sum(scaled_sales(outcome, level) for outcome in outcomes)
    return Trial(name, model, outcomes, losses, float(losses.sum()) / sales if sales > 0 else float(losses.sum()))


def _outcome(model: SalesModel, panel: SalesPanel, origin: int) -> Outcome:
    known = panel.before(origin)
    mean, quantiles = model.predict(known)
    column = origin - panel.first_ordinal
    actual = panel.values[:, column : column + model.horizon]
    return Outcome(mean, quantiles, actual, naive_scale(known.values, panel.lengths.season))


def score_at(model: SalesModel, panel: SalesPanel, origins: tuple[int, ...]) -> float:
    """The primary score of a model at these origins."""
    return _try(model.recipe, model, panel, origins).score


def _skill(best: Trial, baseline: Trial) -> Floats:
    defined = baseline.losses > 0
    share = np.divide(best.losses, baseline.losses, out=np.full(len(defined), np.nan), where=defined)
    return np.asarray(1.0 - share)


def _evaluations(best: Trial, baseline: Trial, panel: SalesPanel, origins: tuple[int, ...]) -> list[Evaluation]:
    found = []
    for origin, ours, theirs in zip(origins, best.outcomes, baseline.outcomes, strict=True):
        day = int(panel.calendar.first_day(origin))
        for segment, series in _segments(panel).items():
            figure, beside = figures(ours, series), figures(theirs, series)
            found += [
                Evaluation(day, segment, metric, value, BASELINE, beside[metric])
                for metric, value in figure.items()
                if metric in beside
            ]
    return found


def _segments(panel: SalesPanel) -> dict[str, Flags]:
    every = np.ones(panel.series_count, bool)
    if panel.intermittent.all() or not panel.intermittent.any():
        return {"all": every}
    return {"all": every, "intermittent": panel.intermittent, "smooth": ~panel.intermittent}


def _decision(best: Trial, trials: list[Trial], panel: SalesPanel, origins: tuple[int, ...]) -> str:
    since = to_date(int(panel.calendar.first_day(origins[0])))
    scores = ", ".join(f"{_title(trial.name)} {trial.score:.4f}" for trial in sorted(trials, key=lambda t: t.score))
    return (
        f"{_title(best.name)} serves: scaled quantile loss on {_count(len(origins), 'origin')} since {since} "
        f"(less is better): {scores}."
    )


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
        skill=np.full(panel.series_count, np.nan),
    )


def _part(progress: Progress, start: float, end: float) -> Progress:
    return lambda share: progress(start + (end - start) * share)
