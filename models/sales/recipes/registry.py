"""The recipes that may serve, how each is fitted, and which of them take part."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from models.common.selection import Progress
from models.sales.data.panel import SalesPanel
from models.sales.recipes.lstm_local.model import LocalLstm
from models.sales.recipes.model import SalesModel
from models.sales.recipes.networks.architectures import ARCHITECTURES
from models.sales.recipes.networks.fit import fit_network
from models.sales.recipes.networks.model import NetworkModel
from models.sales.recipes.seasonal_naive import SeasonalNaive
from models.sales.recipes.statistical.model import StatisticalModel
from models.sales.settings import STATISTICAL, SalesSettings

BASELINE = SeasonalNaive.recipe
Fit = Callable[[SalesPanel, SalesSettings, int, Progress, SalesModel | None], SalesModel]
"""Fits a recipe; its last argument is the same recipe fitted at an earlier origin of the same night, to go on from."""


@dataclass(frozen=True)
class Candidate:
    """A recipe and the settings that it takes part with.

    Attributes:
        name: As the ledger says it.
        recipe: One of `RECIPES`.
        settings: Its own.
    """

    name: str
    recipe: str
    settings: SalesSettings

    def fit(self, panel: SalesPanel, seed: int, progress: Progress, start: SalesModel | None = None) -> SalesModel:
        """The recipe fitted on what the panel knows."""
        return RECIPES[self.recipe](panel, self.settings, seed, progress, start)


def fit_baseline(panel: SalesPanel, settings: SalesSettings) -> SalesModel:
    """The baseline for this panel; it has nothing to learn."""
    return SeasonalNaive(panel.lengths.horizon, panel.lengths.season, panel.calendar.frequency)


def candidates(panel: SalesPanel, settings: SalesSettings, tuned: SalesSettings | None) -> Iterator[Candidate]:
    """Who takes part, the baseline first, so that ties keep the simpler one.

    Args:
        panel: What is known.
        settings: The night's.
        tuned: Settings that a search found; with them the networks take part a second time.
    """
    yield Candidate(BASELINE, BASELINE, settings)
    for recipe in chosen_recipes(panel, settings):
        yield Candidate(recipe, recipe, settings)
        if tuned is not None and recipe in ARCHITECTURES:
            yield Candidate(f"{recipe} with the settings of the search", recipe, tuned)


def chosen_recipes(panel: SalesPanel, settings: SalesSettings) -> list[str]:
    """The setting ``models``, with ``"auto"`` resolved.

    That is the network, and beside it AutoETS and Theta, or Croston's method and TSB where series are intermittent, as
    long as there are no more series than ``maximum_statistical_series``: they are fitted to every series, every night.
    """
    if settings.models != "auto":
        return [recipe for recipe in dict.fromkeys(settings.models) if recipe != BASELINE]
    chosen = ["seasonal_lstm"]
    if panel.series_count <= settings.maximum_statistical_series:
        chosen += ["auto_ets", "theta"] * bool((~panel.intermittent).any())
        chosen += ["croston", "tsb"] * bool(panel.intermittent.any())
    return chosen


def _fit_baseline(
    panel: SalesPanel, settings: SalesSettings, seed: int, progress: Progress, start: SalesModel | None
) -> SalesModel:
    return fit_baseline(panel, settings)


def _fit_network(
    architecture: str,
    panel: SalesPanel,
    settings: SalesSettings,
    seed: int,
    progress: Progress,
    start: SalesModel | None,
) -> SalesModel:
    earlier = start if isinstance(start, NetworkModel) else None
    return fit_network(panel, settings, seed, progress, earlier, architecture)


def _fit_local(
    panel: SalesPanel, settings: SalesSettings, seed: int, progress: Progress, start: SalesModel | None
) -> SalesModel:
    return LocalLstm(panel.lengths, panel.calendar.frequency, seed)


def _fit_statistical(
    recipe: str, panel: SalesPanel, settings: SalesSettings, seed: int, progress: Progress, start: SalesModel | None
) -> SalesModel:
    return StatisticalModel(recipe, panel.lengths.horizon, panel.lengths.season, panel.calendar.frequency)


RECIPES: dict[str, Fit] = {
    BASELINE: _fit_baseline,
    **{architecture: partial(_fit_network, architecture) for architecture in ARCHITECTURES},
    LocalLstm.recipe: _fit_local,
    **{recipe: partial(_fit_statistical, recipe) for recipe in STATISTICAL},
}
"""How each recipe is fitted."""
