"""The gate: which recipe serves next visits from tonight on."""

from __future__ import annotations

import math
from collections.abc import Sequence

from models.common.selection import Budget, Champion, Progress, Selection, no_progress, part_of, with_shares
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.gate.measure import Measurement, Origin
from models.next_visit.gate.origins import comparable_bins, early_recipes, obstacle, origin_day
from models.next_visit.recipes.model import NextVisitModel
from models.next_visit.recipes.registry import BASELINE, NextVisitCandidate, candidates, fit_baseline
from models.next_visit.settings import NextVisitSettings
from nightcast.values import to_date

Fitted = list[tuple[NextVisitCandidate | None, NextVisitModel]]


def select(
    known: CustomerBase,
    settings: NextVisitSettings,
    seed: int,
    *,
    champion: Champion[NextVisitModel] | None = None,
    tuned: NextVisitSettings | None = None,
    budget_seconds: float = math.inf,
    progress: Progress = no_progress,
) -> Selection[NextVisitModel]:
    """Fit the recipes on what was known at F, measure them on what was observed since, and refit the best on all.

    F is ``as_of - horizon``. A champion of F or earlier with the same bins is measured as it is, and kept if it wins; a
    younger one takes part only by its recipe. The score is the mean log loss over all customers known at F. On a tie
    the simpler recipe wins, and the champion beats a new fit of its recipe. If there is too little to learn from at F,
    only an old champion and the `early_recipes` are measured; with less than two horizons of history over the first
    bins only, at a later F. The evaluations are those of `Origin.unchosen`.

    Args:
        known: the customers at the as-of.
        settings: the bins, the recipes, and how the networks learn.
        seed: seed of all random numbers.
        champion: the model that serves now, if there is one.
        tuned: settings from a search; with them the network takes part a second time.
        budget_seconds: the time that the training may take: when it is used up, no further recipe takes part.
        progress: called with the share of the work that is done.
    """
    budget, known = Budget(budget_seconds), known.learned_from
    bins, first = comparable_bins(known, settings.bins), known.history.first
    day = origin_day(known.as_of, bins)
    then = known.before(day)
    whole = then if bins == settings.bins else known.before(origin_day(known.as_of, settings.bins))
    lacking = obstacle(first, whole, settings, seed)
    if first is None or first >= day:
        progress(1.0)
        return Selection(fit_baseline(known, settings), BASELINE, True, f"{BASELINE} serves: {lacking}")
    origin = Origin.of(known, then, bins)
    old, note = _champion_part(champion, day, settings)
    taking_part = list(candidates(settings, tuned))  # the baseline is the first
    if lacking:
        early = early_recipes(then, settings, seed)
        taking_part = [one for one in taking_part if one.recipe.name in early]
    fitted = _fit_all(taking_part, then, seed, budget, part_of(progress, 0.0, 0.5))
    measurements = origin.measure([*fitted, *((None, model) for model in old)])
    if "blend" in settings.competing and not lacking:
        measurements += origin.measure_blend(measurements)
    winner = min(measurements, key=lambda one: one.preference)
    refit = winner.candidate
    model = old[0] if refit is None else refit.fit(known, seed, part_of(progress, 0.5, 1.0))
    progress(1.0)
    late = [one.name for one in taking_part[len(fitted) :]]
    unfitted = f"no time was left for {' and '.join(late)}" if late else ""
    over = "" if bins == settings.bins else f" over days 1 to {bins.horizon}"
    parts = (_comparison(winner, measurements, day) + over, note, lacking, unfitted)
    decision = "; ".join(part for part in parts if part)
    evaluations = origin.evaluations(origin.unchosen(measurements), measurements[0], settings, seed)
    return Selection(model, model.recipe, refit is not None, decision, evaluations)


def _fit_all(
    taking_part: Sequence[NextVisitCandidate], then: CustomerBase, seed: int, budget: Budget, progress: Progress
) -> Fitted:
    """The candidates fitted on what was known at the origin; the first, and others while time is left."""
    fitted: Fitted = []
    for candidate, share in with_shares(taking_part, progress):
        if fitted and budget.left <= 0:
            break
        fitted.append((candidate, candidate.fit(then, seed, share)))
        share(1.0)
    return fitted


def _champion_part(
    champion: Champion[NextVisitModel] | None, day: int, settings: NextVisitSettings
) -> tuple[list[NextVisitModel], str]:
    """The champion's model where it is measured as it is, and otherwise a note on why it is not."""
    if champion is None:
        return [], ""
    if champion.model.bins != settings.bins:
        return [], "the champion has other bins"
    if champion.as_of_day > day:
        fitted_at, recipe = to_date(champion.as_of_day), champion.model.recipe
        return [], f"the champion of {fitted_at} is younger than that and counts by its recipe, {recipe}"
    return [champion.model], ""


def _comparison(winner: Measurement, measurements: Sequence[Measurement], day: int) -> str:
    """The scores in words, that of the winner first."""
    others = sorted((one for one in measurements if one is not winner), key=lambda one: one.score)
    against = " and ".join(f"{one.score:.3f} of {one.name}" for one in others)
    against = f" against {against}" if against else ""
    verb = "is kept" if winner.candidate is None else "serves"
    return f"{winner.name} {verb}: log loss {winner.score:.3f}{against} at {to_date(day)}"
