"""The sales settings that are searched, and their score."""

from __future__ import annotations

import math
from collections.abc import Mapping

from models.common.recipe import Training
from models.common.search import Objective, Parameters, Range
from models.sales.data.panel import SalesPanel
from models.sales.features.training_windows import NothingToLearnError
from models.sales.gate.measure import score_at
from models.sales.gate.origins import choose_origins
from models.sales.recipes.seasonal_lstm import SEASONAL_LSTM
from models.sales.settings import SalesSettings
from nightcast.errors import InputError
from nightcast.values import counted

_SPACE: Mapping[str, Range] = {
    "units": Range(8, 96, logarithmic=True),
    "steps": Range(100, 1200, logarithmic=True),
    "learning_rate": Range(3e-4, 1e-2, logarithmic=True),
}


def space(settings: SalesSettings) -> Mapping[str, Range]:
    """The settings of ``[sales.network]`` that are searched, and their ranges."""
    return _SPACE


def present(settings: SalesSettings) -> Parameters:
    """The present values of the searched settings."""
    network = settings.network.model_dump()
    return {name: network[name] for name in _SPACE}


def applied(settings: SalesSettings, parameters: Parameters) -> SalesSettings:
    """The settings with the values of a search."""
    network = settings.network.model_dump() | parameters
    return SalesSettings.model_validate(settings.model_dump() | {"network": network})


def objective(known: SalesPanel, settings: SalesSettings, seed: int) -> Objective:
    """The scaled quantile loss at origins before those of the gate, which keeps the gate's comparison fair.

    Args:
        known: What is known at the as-of, without outliers.
        settings: Settings of the night.
        seed: Seed of all random numbers.

    Raises:
        InputError: if the history is too short.
    """
    gate = choose_origins(known)
    past = known.before(gate.ordinals[0]) if gate.ordinals else known
    origins = choose_origins(past)
    if not gate.ordinals or not origins.ordinals:
        length = counted(max(known.source_end - known.first_ordinal, 0), "period")
        raise InputError(
            f"A search needs more history than {length}: it compares settings at origins before those of the gate.",
            "Search later, or with a shorter horizon.",
        )
    then = past.before(origins.ordinals[0])

    def evaluate(parameters: Parameters) -> float:
        try:
            model = SEASONAL_LSTM.fit(then, Training(applied(settings, parameters), seed))
        except NothingToLearnError:
            return math.nan
        return score_at(model, past, origins.ordinals)

    return evaluate
