"""The recipes of next visits: how each is fitted, and which take part at the gate."""

from __future__ import annotations

from collections.abc import Callable

from models.common.selection import Progress
from models.next_visit.data.visits import VisitHistory
from models.next_visit.recipes import bg_nbd, blend, count_table, gradient_boosting, life_table, pareto_nbd
from models.next_visit.recipes.classic import interval_classifier, multi_sequence
from models.next_visit.recipes.hazard_lstm import model as lstm
from models.next_visit.recipes.model import NextVisitModel
from models.next_visit.settings import NextVisitSettings

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
    blend.RECIPE: blend.fit_blend,
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
    """The recipes that are fitted for the gate, by name; the blend is made of them."""
    others = {*NETWORKS.values(), blend.RECIPE} - {NETWORKS[settings.architecture]}
    return {name: fit for name, fit in FITS.items() if name not in others}
