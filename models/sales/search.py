"""What is searched of the sales settings, and how good settings are."""

from __future__ import annotations

import math
from collections.abc import Mapping

from models.common.search import Objective, Parameters, Range
from models.sales.data.outliers import without_outliers
from models.sales.data.panel import SalesPanel
from models.sales.features.training_windows import NothingToLearnError
from models.sales.gate.origins import choose_origins
from models.sales.gate.select import score_at
from models.sales.recipes.networks.fit import fit_network
from models.sales.settings import SalesSettings
from nightcast.errors import InputError

SPACE: Mapping[str, Range] = {
    "units": Range(8, 96, logarithmic=True),
    "steps": Range(100, 1200, logarithmic=True),
    "batch_size": Range(16, 256, logarithmic=True),
    "learning_rate": Range(3e-4, 1e-2, logarithmic=True),
}


def present(settings: SalesSettings) -> Parameters:
    """What the searched settings are."""
    told = settings.model_dump()
    return {name: told[name] for name in SPACE}


def applied(settings: SalesSettings, parameters: Parameters) -> SalesSettings:
    """The settings with these in their places."""
    return SalesSettings.model_validate(settings.model_dump() | parameters)


def objective(panel: SalesPanel, settings: SalesSettings, seed: int) -> Objective:
    """Scaled quantile loss at origins before those of the gate, so that the gate's verdict stays fair.

    Raises:
        InputError: if the history is too short; says how many periods are missing.
    """
    panel, _ = without_outliers(panel)
    gate = choose_origins(panel, settings.origins)
    past = panel.before(gate.ordinals[0]) if gate.ordinals else panel
    origins = choose_origins(past, settings.origins)
    if not gate.ordinals or not origins.ordinals:
        missing = max(gate.missing_periods, origins.missing_periods)
        raise InputError(
            f"A search needs more history than the gate does, and at least {missing} periods of it are missing.",
            "Search later, or with a shorter horizon or fewer origins.",
        )
    then = past.before(origins.ordinals[0])

    def evaluate(parameters: Parameters) -> float:
        try:
            model = fit_network(then, applied(settings, parameters), seed)
        except NothingToLearnError:
            return math.nan
        return score_at(model, past, origins.ordinals)

    return evaluate
