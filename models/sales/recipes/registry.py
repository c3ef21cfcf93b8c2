"""The recipes of sales by name, the candidates of the gate, and loading a saved model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from models.common.description import damaged, read_description
from models.common.recipe import Candidate, Training
from models.sales.data.calendar import Calendar
from models.sales.data.panel import SalesPanel
from models.sales.recipes.boosting.counts import POISSON_BOOSTING, small_counts
from models.sales.recipes.boosting.fit import GRADIENT_BOOSTING
from models.sales.recipes.classic.recipe import CLASSIC_RECIPES
from models.sales.recipes.effects.model import EFFECTS
from models.sales.recipes.ensemble import ENSEMBLE, load_ensemble
from models.sales.recipes.lstm_local.model import LSTM_LOCAL
from models.sales.recipes.model import SalesModel, SalesRecipe
from models.sales.recipes.seasonal_lstm import SEASONAL_LSTM
from models.sales.recipes.seasonal_naive import SEASONAL_NAIVE, baseline_of
from models.sales.recipes.smoothing.model import COMBINATION, COUNTS, SMOOTHING, smoothing_recipe
from models.sales.recipes.statistical.model import statistical_recipe
from models.sales.settings import BATCH, CLASSIC, STATISTICAL, SalesSettings
from nightcast.errors import SettingsError

SalesCandidate: TypeAlias = Candidate[SalesPanel, SalesSettings, SalesModel]

_RECIPES: list[SalesRecipe] = [
    SEASONAL_NAIVE,
    SEASONAL_LSTM,
    GRADIENT_BOOSTING,
    POISSON_BOOSTING,
    EFFECTS,
    LSTM_LOCAL,
    *CLASSIC_RECIPES,
    *(smoothing_recipe(name) for name in BATCH),
    *(statistical_recipe(name) for name in STATISTICAL),
]
RECIPES: dict[str, SalesRecipe] = {recipe.name: recipe for recipe in _RECIPES}
"""All recipes by name."""

BASELINE = SEASONAL_NAIVE.name
FIXED = COMBINATION
"""The recipe that serves where the history is too short to compare recipes, and that counts most where it is short."""

NETWORKS = (SEASONAL_LSTM.name, *CLASSIC)
"""Recipes whose settings a search tunes."""

TRAINED = {*NETWORKS, LSTM_LOCAL.name, GRADIENT_BOOSTING.name, POISSON_BOOSTING.name}
"""Recipes that learn from windows for seconds or minutes, however few series there are."""


def fit_baseline(known: SalesPanel, settings: SalesSettings) -> SalesModel:
    """The baseline for this panel, which needs no training."""
    return baseline_of(known)


def fit_fixed(known: SalesPanel, settings: SalesSettings) -> SalesModel:
    """The recipe `FIXED` for this panel, which needs no training."""
    return RECIPES[FIXED].fit(known, Training(settings, 0))


def candidates(known: SalesPanel, settings: SalesSettings, tuned: SalesSettings | None) -> Iterator[SalesCandidate]:
    """The recipes that take part, the baseline first: on a tie the simpler one wins.

    Args:
        known: What is known at the as-of.
        settings: Settings of the night.
        tuned: Settings from a search; with them the networks take part a second time.
    """
    yield Candidate(RECIPES[BASELINE], settings)
    for name in chosen_recipes(known, settings):
        yield Candidate(RECIPES[name], settings)
        if tuned is not None and name in NETWORKS:
            yield Candidate(RECIPES[name], tuned, is_tuned=True)


def chosen_recipes(known: SalesPanel, settings: SalesSettings) -> list[str]:
    """The setting ``recipes`` without the baseline, and with ``"auto"`` resolved.

    Those are the default network, gradient boosted trees, and the recipes that forecast all series at once in seconds.
    Recipes that are fitted to one series after the other take part where a user names them.
    """
    if settings.recipes != "auto":
        return [name for name in dict.fromkeys(settings.recipes) if name != BASELINE]
    counts = [COUNTS, POISSON_BOOSTING.name] if small_counts(known).any() else []
    effects = [EFFECTS.name] * bool(known.covariates is not None and not known.rare.all())
    return [COMBINATION, SMOOTHING, *effects, *counts, GRADIENT_BOOSTING.name, SEASONAL_LSTM.name]


def any_trained(known: SalesPanel, settings: SalesSettings) -> bool:
    """Whether any of the recipes that take part is `TRAINED`."""
    return not TRAINED.isdisjoint(chosen_recipes(known, settings))


def load_model(folder: Path) -> SalesModel:
    """Read what `models.sales.recipes.model.SalesModel.save` wrote.

    Raises:
        InputError: if anything is missing or damaged.
    """
    description = read_description(folder)
    try:
        Calendar(description["frequency"])
        if description["recipe"] == ENSEMBLE:
            return load_ensemble(folder, description, load_model)
        return RECIPES[description["recipe"]].load(folder, description)
    except (KeyError, TypeError, ValueError, AttributeError, SettingsError) as error:
        raise damaged(f"the description in {folder.name} cannot be read: {error!r}") from error
