"""The gate: which recipe serves next visits from tonight on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.common.selection import Progress, Selection, no_progress
from models.next_visit.data.landmarks import came_true
from models.next_visit.data.visits import VisitHistory
from models.next_visit.gate.measure import Candidate, Gate, comparison
from models.next_visit.gate.origins import obstacle
from models.next_visit.recipes import blend, gradient_boosting
from models.next_visit.recipes.hazard_lstm import model as lstm
from models.next_visit.recipes.model import NextVisitModel
from models.next_visit.recipes.registry import (
    BASELINE,
    FITS,
    NETWORKS,
    candidates,
    fit_baseline,
)
from models.next_visit.settings import NextVisitSettings
from nightcast.values import to_date


def select(
    history: VisitHistory,
    as_of: int,
    settings: NextVisitSettings,
    seed: int,
    champion: NextVisitModel | None = None,
    champion_as_of: int | None = None,
    progress: Progress = no_progress,
    tuned: NextVisitSettings | None = None,
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
        tuned: settings that a search found; with them the network takes part a second time.
    """
    known, day, bins = history.before(as_of), as_of - settings.bins.horizon, settings.bins
    lacking = obstacle(known, as_of, settings, seed)
    if known.first is None or known.first >= day:
        progress(1.0)
        return Selection(fit_baseline(known, as_of, settings), BASELINE, True, f"{BASELINE} serves: {lacking}")
    gate, then = Gate.of(known, day, bins), known.before(day)
    scored = _fitted(gate, then, settings, seed, _share(progress, 0.0, 0.5), tuned, bool(lacking))
    baseline = next(one for one in scored if one.model.recipe == BASELINE)
    old, note = _champion_part(champion, champion_as_of, day, settings)
    if old is not None:
        scored.append(gate.score(old, None))
    winner = min(scored, key=_preference)
    model = _fit_again(winner, known, as_of, seed, _share(progress, 0.5, 1.0))
    progress(1.0)
    decision = "; ".join(part for part in (comparison(winner, scored, day), note, lacking) if part)
    evaluations = gate.evaluations(winner, baseline, _marginal(then, day, settings, seed))
    return Selection(model, model.recipe, not winner.as_it_is, decision, evaluations)


def _fitted(
    gate: Gate,
    then: VisitHistory,
    settings: NextVisitSettings,
    seed: int,
    progress: Progress,
    tuned: NextVisitSettings | None,
    only_baseline: bool,
) -> list[Candidate]:
    """The recipes fitted on what was known at F, and scored on what came after."""

    def one(recipe: str, chosen: NextVisitSettings) -> Candidate:
        model = FITS[recipe](then, gate.day, chosen, seed, progress)
        return gate.score(model, chosen, chosen is tuned)

    if only_baseline:
        return [one(BASELINE, settings)]
    scored = [one(recipe, settings) for recipe in candidates(settings)]
    if tuned is not None:
        scored.append(one(NETWORKS[settings.architecture], tuned))
    return [*scored, *_blended(gate, scored)]


def _blended(gate: Gate, scored: list[Candidate]) -> list[Candidate]:
    """The best blend of the better network and the trees, where both were fitted."""
    found = {one.model.recipe: one for one in sorted(scored, key=_preference, reverse=True)}
    network, trees = found.get(lstm.RECIPE), found.get(gradient_boosting.RECIPE)
    if network is None or trees is None:
        return []
    if not isinstance(network.model, lstm.LstmModel):
        return []
    if not isinstance(trees.model, gradient_boosting.GradientBoostingModel):
        return []
    tried = [
        gate.candidate(
            blend.BlendModel(gate.bins, share, network.model, trees.model),
            blend.blended(network.probabilities, trees.probabilities, share),
            network.settings,
            network.is_tuned,
        )
        for share in blend.SHARES
    ]
    return [min(tried, key=lambda one: one.score)]


def _fit_again(winner: Candidate, known: VisitHistory, as_of: int, seed: int, progress: Progress) -> NextVisitModel:
    """The winner's recipe, fitted on all that is known; an old champion, and the share of a blend, stay as they are."""
    if winner.settings is None:
        return winner.model
    if isinstance(winner.model, blend.BlendModel):
        return blend.fit_blend(known, as_of, winner.settings, seed, progress, winner.model.share)
    return FITS[winner.model.recipe](known, as_of, winner.settings, seed, progress)


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
