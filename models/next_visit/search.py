"""What is searched of the next-visit settings, and how good settings are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from models.common.search import Objective, Parameters, Range
from models.common.selection import no_progress
from models.next_visit.data.visits import VisitHistory
from models.next_visit.gate.measure import Gate
from models.next_visit.recipes.registry import FITS, NETWORKS
from models.next_visit.settings import NextVisitSettings
from nightcast.errors import InputError

HAZARD_SPACE: Mapping[str, Range] = {
    "look_back": Range(4, 64, logarithmic=True),
    "units": Range(4, 64, logarithmic=True),
    "head_units": Range(8, 128, logarithmic=True),
    "dropout": Range(0.0, 0.5),
    "members": Range(1, 4),
    "epochs": Range(2, 16, logarithmic=True),
    "batch_size": Range(64, 1024, logarithmic=True),
    "learning_rate": Range(3e-4, 1e-2, logarithmic=True),
}
CLASSIC_SPACE: Mapping[str, Range] = {
    "look_back": Range(2, 32, logarithmic=True),
    "dropout": Range(0.0, 0.5),
    "epochs": Range(3, 40, logarithmic=True),
    "batch_size": Range(64, 1024, logarithmic=True),
    "learning_rate": Range(3e-4, 1e-2, logarithmic=True),
}
LANDMARKS = 2
"""As-ofs that settings are tried at, where the history is long enough."""


def space(settings: NextVisitSettings) -> Mapping[str, Range]:
    """The settings of the architecture that are searched."""
    return HAZARD_SPACE if settings.architecture == "hazard" else CLASSIC_SPACE


def present(settings: NextVisitSettings) -> Parameters:
    """What the searched settings are."""
    told: dict[str, Any] = settings.model_dump() if settings.architecture == "hazard" else settings.classic.model_dump()
    return {name: told[name] for name in space(settings)}


def applied(settings: NextVisitSettings, parameters: Parameters) -> NextVisitSettings:
    """The settings with these in their places."""
    if settings.architecture == "hazard":
        return NextVisitSettings.model_validate(settings.model_dump() | parameters)
    classic = settings.classic.model_dump() | parameters
    return NextVisitSettings.model_validate(settings.model_dump() | {"classic": classic})


def objective(history: VisitHistory, as_of: int, settings: NextVisitSettings, seed: int) -> Objective:
    """Mean log loss at as-ofs whose horizon lies before that of the gate, so that the gate's verdict stays fair.

    Args:
        history: visit days; those from `as_of` on are ignored.
        as_of: the day to serve from, in days since 1970-01-01.
        settings: what is not searched.
        seed: of everything random.

    Raises:
        InputError: if the history is too short; says how many days are missing.
    """
    known, bins = history.before(as_of), settings.bins
    gate = as_of - bins.horizon
    days = _days(known, gate, bins.horizon)
    gates = [Gate.of(known.before(day + bins.horizon), day, bins) for day in days]
    fit = FITS[NETWORKS[settings.architecture]]

    def evaluate(parameters: Parameters) -> float:
        tried = applied(settings, parameters)
        fitted = [fit(known.before(day), day, tried, seed, no_progress) for day in days]
        return float(np.mean([gate.score(model, tried).score for gate, model in zip(gates, fitted, strict=True)]))

    return evaluate


def _days(history: VisitHistory, gate: int, horizon: int) -> list[int]:
    """As-ofs whose horizon had been seen at the gate, half a horizon apart, the newest first."""
    first = history.first
    if first is None:
        raise InputError("There is no visit before the as-of to search with.", "Search when there are visits.")
    needed = 3 * horizon + 1
    missing = needed - (gate + horizon - first)
    if missing > 0:
        raise InputError(
            f"A search needs {needed} days of history, three horizons and a day, and {missing} of them are missing.",
            "Search later, or with a shorter last bin.",
        )
    newest, oldest = gate - horizon, first + horizon + 1
    return list(range(newest, oldest - 1, -max(horizon // 2, 1)))[:LANDMARKS]
