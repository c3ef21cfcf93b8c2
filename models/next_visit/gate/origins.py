"""The past origins at which recipes are measured, and what is missing if there are none."""

from __future__ import annotations

import numpy as np

from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.intervals import Rows
from models.next_visit.features.training_rows import training_rows, whole_rows
from models.next_visit.recipes.hazard_lstm.model import HazardLstmRecipe
from models.next_visit.recipes.registry import ROBUST
from models.next_visit.settings import NextVisitSettings
from nightcast.errors import InputError
from nightcast.values import Bins

MINIMUM_ROWS = 800
"""Fewest training rows: with fewer, no recipe was measurably better than the life table."""

MINIMUM_CUSTOMERS = 20
"""Fewest customers in these rows: rows of one customer at many landmarks are nearly the same row."""

SEARCH_ORIGINS = 2
"""Origins at which a search measures settings, if the history is long enough."""


def origin_day(as_of: int, bins: Bins) -> int:
    """The newest past as-of whose whole horizon lies before `as_of`."""
    return as_of - bins.horizon


def comparable_bins(known: CustomerBase, bins: Bins) -> Bins:
    """The bins that recipes are compared over: all, or the first ones that the history has two horizons of, if any."""
    days = 0 if known.history.first is None else known.as_of - known.history.first
    edges = [edge for edge in bins.edges if days >= 2 * edge + 1]
    return Bins.of(edges or bins.edges)


def obstacle(first: int | None, then: CustomerBase, settings: NextVisitSettings, seed: int) -> str:
    """Why the recipes cannot all be fitted and measured over all bins at an origin; empty if they can.

    Args:
        first: the earliest visit day of all that is known, if there is one.
        then: the customers as they were known at the origin.
        settings: the night's settings.
        seed: seed of the sample of training rows.
    """
    if first is None:
        return "no visit is known before the as-of"
    horizon, days = settings.bins.horizon, then.as_of + settings.bins.horizon - first
    needed = 2 * horizon + 1
    if days < horizon:
        return (
            f"the bins reach {horizon} days ahead, further than the history of {days} days goes back; "
            f"{needed - days} days of history are missing to compare recipes"
        )
    if days < needed:
        return (
            f"{needed - days} days of history are missing: a comparison of all recipes needs {needed} days, "
            f"two horizons and a day, and there are {days}"
        )
    rows = whole_rows(then, settings.bins, settings.look_back, seed)
    if enough(rows):
        return ""
    return (
        f"the history is long enough, but recipes need {MINIMUM_ROWS} training rows of {MINIMUM_CUSTOMERS} customers, "
        f"and there are {rows.size} of {np.unique(rows.customer).size}"
    )


def enough(rows: Rows) -> bool:
    """Whether a network or trees can learn from so many training rows."""
    return rows.size >= MINIMUM_ROWS and np.unique(rows.customer).size >= MINIMUM_CUSTOMERS


def early_recipes(then: CustomerBase, settings: NextVisitSettings, seed: int) -> tuple[str, ...]:
    """The recipes that need no landmark whose whole horizon had been seen: the network learns from single bins."""
    network = enough(training_rows(then, settings.bins, settings.look_back, seed))
    return (*ROBUST, *((HazardLstmRecipe.name,) if network else ()))


def search_origins(known: CustomerBase, bins: Bins) -> list[int]:
    """Origins whose horizon had been seen at the gate's, half a horizon apart, the newest first.

    Raises:
        InputError: if the history is too short; says how many days are missing.
    """
    first, horizon = known.history.first, bins.horizon
    if first is None:
        raise InputError("There is no visit before the as-of.", "Load visits, or choose a later --as-of.")
    needed = 3 * horizon + 1
    missing = needed - (known.as_of - first)
    if missing > 0:
        raise InputError(
            f"A search needs {needed} days of history, three horizons and a day, and {missing} of them are missing.",
            "Search later, or with a shorter last bin.",
        )
    newest, oldest = origin_day(origin_day(known.as_of, bins), bins), first + horizon + 1
    return list(range(newest, oldest - 1, -max(horizon // 2, 1)))[:SEARCH_ORIGINS]
