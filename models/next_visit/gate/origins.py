"""Whether there is enough to learn from."""

from __future__ import annotations

import numpy as np

from models.next_visit.data.visits import VisitHistory
from models.next_visit.recipes.hazard_lstm import model as lstm
from models.next_visit.settings import NextVisitSettings


def obstacle(history: VisitHistory, as_of: int, settings: NextVisitSettings, seed: int) -> str:
    """Why the network cannot be tried at the gate; empty where it can."""
    if history.first is None:
        return "no visit is known before the as-of"
    horizon, days = settings.bins.horizon, as_of - history.first
    needed = 2 * horizon + 1
    if days < horizon:
        return (
            f"the bins reach {horizon} days ahead, further than the history of {days} days goes back; "
            f"{needed - days} days of history are missing for the models to be compared"
        )
    if days < needed:
        return (
            f"{needed - days} days of history are missing: the models are compared from {needed} days on, "
            f"two horizons and a day, and there are {days}"
        )
    rows = lstm.whole_rows(history, as_of - settings.bins.horizon, settings, seed)
    customers = np.unique(rows.customer).size
    if rows.customer.size >= settings.minimum_rows and customers >= settings.minimum_customers:
        return ""
    return (
        f"no days of history are missing, but the models need {settings.minimum_rows} rows of "
        f"{settings.minimum_customers} customers to learn from, and there are {rows.customer.size} of {customers}"
    )
