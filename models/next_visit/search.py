"""The next-visit settings that are searched, and their score."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from models.common.search import Objective, Parameters, Range
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.gate.measure import Origin
from models.next_visit.gate.origins import origin_day, search_origins
from models.next_visit.recipes.registry import RECIPES, NextVisitCandidate, searched_recipe
from models.next_visit.settings import NextVisitSettings
from nightcast.errors import SettingsError

HAZARD_SPACE: Mapping[str, Range] = {
    "look_back": Range(4, 64, logarithmic=True),
    "units": Range(4, 64, logarithmic=True),
    "dropout": Range(0.0, 0.5),
    "members": Range(1, 4),
    "epochs": Range(2, 16, logarithmic=True),
    "learning_rate": Range(3e-4, 1e-2, logarithmic=True),
}
CLASSIC_SPACE: Mapping[str, Range] = {
    "look_back": Range(2, 32, logarithmic=True),
    "dropout": Range(0.0, 0.5),
    "epochs": Range(3, 40, logarithmic=True),
    "learning_rate": Range(3e-4, 1e-2, logarithmic=True),
}


def space(settings: NextVisitSettings) -> Mapping[str, Range]:
    """The settings that are searched, by name: those of the first network in ``recipes``.

    Raises:
        SettingsError: if no network takes part.
    """
    return HAZARD_SPACE if _network(settings) == "hazard_lstm" else CLASSIC_SPACE


def present(settings: NextVisitSettings) -> Parameters:
    """The present values of the searched settings."""
    if _network(settings) == "hazard_lstm":
        values = {**settings.network.model_dump(), "look_back": settings.look_back}
    else:
        values = settings.classic.model_dump()
    return {name: values[name] for name in space(settings)}


def applied(settings: NextVisitSettings, parameters: Parameters) -> NextVisitSettings:
    """The settings with the values of a search."""
    values = settings.model_dump()
    if _network(settings) == "hazard_lstm":
        network = {name: value for name, value in parameters.items() if name != "look_back"}
        values["network"] |= network
        values["look_back"] = parameters.get("look_back", settings.look_back)
    else:
        values["classic"] |= parameters
    return NextVisitSettings.model_validate(values)


def objective(known: CustomerBase, settings: NextVisitSettings, seed: int) -> Objective:
    """The mean log loss at origins whose horizon is over before the gate's begins, which keeps the gate fair.

    Args:
        known: the customers at the as-of.
        settings: the settings that are not searched.
        seed: seed of all random numbers.

    Raises:
        InputError: if the history is too short; says how many days are missing.
    """
    known, bins, recipe = known.learned_from, settings.bins, RECIPES[_network(settings)]
    past = known.before(origin_day(known.as_of, bins))
    origins = [
        Origin.of(past.before(day + bins.horizon), past.before(day), bins) for day in search_origins(known, bins)
    ]

    def evaluate(parameters: Parameters) -> float:
        candidate = NextVisitCandidate(recipe, applied(settings, parameters))
        fitted = [(candidate, candidate.fit(origin.known, seed)) for origin in origins]
        return float(np.mean([origin.measure([one])[0].score for origin, one in zip(origins, fitted, strict=True)]))

    return evaluate


def _network(settings: NextVisitSettings) -> str:
    network = searched_recipe(settings)
    if network is None:
        raise SettingsError(
            "[next_visit] recipes has no network, so there are no settings to search.",
            'Add hazard_lstm, interval_classifier or multi_sequence, or set recipes = "auto".',
        )
    return network
