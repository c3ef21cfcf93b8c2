"""The gate: which recipe serves next visits from tonight on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from models.next_visit import (
    bg_nbd,
    count_table,
    gradient_boosting,
    interval_classifier,
    life_table,
    lstm,
    multi_sequence,
    pareto_nbd,
)
from models.next_visit.gate import Candidate, Gate, comparison
from models.next_visit.landmarks import came_true
from models.next_visit.model import NextVisitModel
from models.next_visit.settings import NextVisitSettings
from models.next_visit.visits import VisitHistory
from models.selection import Progress, Selection, no_progress
from nightcast.values import to_date

Fit = Callable[[VisitHistory, int, NextVisitSettings, int, Progress], NextVisitModel]

BASELINE = life_table.RECIPE


def fit_baseline(history: VisitHistory, as_of: int, settings: NextVisitSettings) -> NextVisitModel:
    """The life table of what is known at `as_of`: needs no training and no length of history."""
    return life_table.fit_life_table(history, as_of, settings.bins)


def _fit_baseline(
    history: VisitHistory, as_of: int, settings: NextVisitSettings, seed: int, progress: Progress
) -> NextVisitModel:
    return fit_baseline(history, as_of, settings)


NETWORKS: dict[str, str] = {
    "hazard": lstm.RECIPE,
    "interval_classifier": interval_classifier.RECIPE,
    "multi_sequence": multi_sequence.RECIPE,
}
"""The recipe of each `architecture`."""

FITS: dict[str, Fit] = {
    lstm.RECIPE: lstm.fit_lstm,
    interval_classifier.RECIPE: interval_classifier.fit_interval_classifier,
    multi_sequence.RECIPE: multi_sequence.fit_multi_sequence,
    gradient_boosting.RECIPE: gradient_boosting.fit_gradient_boosting,
    pareto_nbd.RECIPE: pareto_nbd.fit_pareto_nbd,
    bg_nbd.RECIPE: bg_nbd.fit_bg_nbd,
    count_table.RECIPE: count_table.fit_count_table,
    BASELINE: _fit_baseline,
}
"""How each recipe is fitted; the later in this order, the simpler. Of the networks only the chosen architecture's
is a candidate."""


def candidates(settings: NextVisitSettings) -> dict[str, Fit]:
    """The recipes that are compared at the gate, by name."""
    others = set(NETWORKS.values()) - {NETWORKS[settings.architecture]}
    return {name: fit for name, fit in FITS.items() if name not in others}


def select(
    history: VisitHistory,
    as_of: int,
    settings: NextVisitSettings,
    seed: int,
    champion: NextVisitModel | None = None,
    champion_as_of: int | None = None,
    progress: Progress = no_progress,
) -> Selection[NextVisitModel]:
    """Fit the recipes on what was known at F, score them on what came after, and refit the best on all.

    F is ``as_of - horizon``. A champion of F or earlier with the same bins is scored as it is, and if it wins it
    serves as it is; a younger one counts by its recipe. The score is the mean log loss over all customers known
    at F; on a tie the simpler recipe serves, and an old champion before a new fit of its recipe. With too little
    history to fit the network at F, the baseline stands for us, unless an old champion beats it.

    Args:
        history: visit days; those from `as_of` on are ignored.
        as_of: the day to serve from, in days since 1970-01-01.
        settings: the bins and how the network learns.
        seed: of everything random.
        champion: what serves now, if anything does.
        champion_as_of: the as-of that the champion was fitted at.
        progress: called with the share of the work that is done.
    """
    known, day, bins = history.before(as_of), as_of - settings.bins.horizon, settings.bins
    obstacle = _obstacle(known, as_of, settings, seed)
    if known.first is None or known.first >= day:
        progress(1.0)
        return Selection(fit_baseline(known, as_of, settings), BASELINE, True, f"{BASELINE} serves: {obstacle}")
    gate, then = Gate.of(known, day, bins), known.before(day)
    fits = {name: fit for name, fit in candidates(settings).items() if name == BASELINE or not obstacle}
    fitted = {name: fit(then, day, settings, seed, _share(progress, 0.0, 0.5)) for name, fit in fits.items()}
    scored = [gate.score(model) for model in fitted.values()]
    baseline = next(one for one in scored if one.model is fitted[BASELINE])
    old, note = _champion_part(champion, champion_as_of, day, settings)
    if old is not None:
        scored.append(gate.score(old, as_it_is=True))
    winner = min(scored, key=_preference)
    model, recipe = winner.model, winner.model.recipe
    if not winner.as_it_is:
        model = FITS[recipe](known, as_of, settings, seed, _share(progress, 0.5, 1.0))
    progress(1.0)
    decision = "; ".join(part for part in (comparison(winner, scored, day), note, obstacle) if part)
    evaluations = gate.evaluations(winner, baseline, _marginal(then, day, settings, seed))
    return Selection(model, recipe, not winner.as_it_is, decision, evaluations)


def _obstacle(history: VisitHistory, as_of: int, settings: NextVisitSettings, seed: int) -> str:
    """Why the network cannot be tried at the gate; empty where it can."""
    if history.first is None:
        return "no visit is known before the as-of"
    needed = 2 * settings.bins.horizon + 1
    days = as_of - history.first
    if days < needed:
        return (
            f"{needed - days} days of history are missing: the models are compared from {needed} days on, "
            f"two horizons and a day, and there are {days}"
        )
    rows = lstm.whole_rows(history, as_of - settings.bins.horizon, settings, seed)
    customers = np.unique(rows.customer).size
    if rows.customer.size >= settings.minimum_rows and customers >= settings.minimum_customers:
        return ""
    return (
        f"no days of history are missing, but the models need {settings.minimum_rows} rows of "
        f"{settings.minimum_customers} customers to learn from, and there are {rows.customer.size} of {customers}"
    )


def _champion_part(
    champion: NextVisitModel | None, champion_as_of: int | None, day: int, settings: NextVisitSettings
) -> tuple[NextVisitModel | None, str]:
    """The champion where it is scored as it is, or a note on why it is not."""
    if champion is None or champion_as_of is None:
        return None, ""
    if champion.bins != settings.bins:
        return None, "the champion has other bins"
    if champion_as_of > day:
        made = to_date(champion_as_of)
        return None, f"the champion of {made} is younger than that and counts by its recipe, {champion.recipe}"
    return champion, ""


def _preference(candidate: Candidate) -> tuple[float, int, bool]:
    recipe = candidate.model.recipe
    simplicity = list(FITS).index(recipe) if recipe in FITS else -1
    return candidate.score, -simplicity, not candidate.as_it_is


def _marginal(history: VisitHistory, day: int, settings: NextVisitSettings, seed: int) -> NDArray[np.float64] | None:
    """Shares of the bins over the landmarks seen whole by `day`, each bin counting one more row."""
    rows = lstm.whole_rows(history, day, settings, seed)
    if not rows.customer.size:
        return None
    counts = np.bincount(came_true(history, rows, settings.bins), minlength=settings.bins.count) + 1.0
    shares: NDArray[np.float64] = counts / counts.sum()
    return shares


def _share(progress: Progress, start: float, stop: float) -> Progress:
    def part(share: float) -> None:
        progress(start + share * (stop - start))

    return part
