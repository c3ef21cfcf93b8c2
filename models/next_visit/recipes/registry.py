"""The recipes of next visits by name, the candidates of the gate, and loading a saved model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from models.common.description import damaged, read_description
from models.common.recipe import Candidate, Training
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.recipes.blend import BlendRecipe
from models.next_visit.recipes.classic.interval_classifier import IntervalClassifierModel
from models.next_visit.recipes.classic.multi_sequence import MultiSequenceModel
from models.next_visit.recipes.classic.recipe import ClassicRecipe
from models.next_visit.recipes.gradient_boosting import GradientBoostingRecipe
from models.next_visit.recipes.hazard_lstm.model import HazardLstmRecipe
from models.next_visit.recipes.life_table import LifeTableRecipe
from models.next_visit.recipes.model import NextVisitModel, NextVisitRecipe
from models.next_visit.recipes.pareto_nbd import ParetoNbdRecipe
from models.next_visit.settings import NextVisitSettings

NextVisitCandidate = Candidate[CustomerBase, NextVisitSettings, NextVisitModel]
"""A recipe of next visits with the settings that it takes part with."""

_ALL: tuple[NextVisitRecipe, ...] = (
    BlendRecipe(),
    HazardLstmRecipe(),
    ClassicRecipe(IntervalClassifierModel),
    ClassicRecipe(MultiSequenceModel),
    GradientBoostingRecipe(),
    ParetoNbdRecipe(),
    LifeTableRecipe(),
)

RECIPES: dict[str, NextVisitRecipe] = {recipe.name: recipe for recipe in _ALL}
"""All recipes by name; the later in this order, the simpler."""

BASELINE = LifeTableRecipe.name
ROBUST = (BASELINE, ParetoNbdRecipe.name)
"""The recipes that need no landmark to learn from."""

NETWORKS = ("hazard_lstm", "interval_classifier", "multi_sequence")
"""The recipes whose settings can be searched."""


def candidates(settings: NextVisitSettings, tuned: NextVisitSettings | None = None) -> Iterator[NextVisitCandidate]:
    """The recipes that are fitted for the gate, the baseline first; the gate makes the blend of them.

    Args:
        settings: the night's.
        tuned: settings from a search; with them the network takes part a second time.
    """
    yield Candidate(RECIPES[BASELINE], settings)
    for name in settings.competing:
        if name != BlendRecipe.name:
            yield Candidate(RECIPES[name], settings)
    network = searched_recipe(settings)
    if tuned is not None and network is not None:
        yield Candidate(RECIPES[network], tuned, is_tuned=True)


def searched_recipe(settings: NextVisitSettings) -> str | None:
    """The network whose settings are searched: the first one that takes part."""
    return next((name for name in settings.competing if name in NETWORKS), None)


def fit_baseline(known: CustomerBase, settings: NextVisitSettings) -> NextVisitModel:
    """The baseline, which needs no training and no length of history."""
    return RECIPES[BASELINE].fit(known.learned_from, Training(settings, 0))


def load_model(folder: Path) -> NextVisitModel:
    """The model that `NextVisitModel.save` wrote into `folder`.

    Raises:
        InputError: if a file is missing or malformed.
    """
    description = read_description(folder)
    recipe = description.get("recipe")
    if recipe not in RECIPES:
        raise damaged(f"it names the recipe {recipe!r}, which is not known")
    return RECIPES[recipe].load(folder, description)
