"""Small studies of next visits."""

from __future__ import annotations

from typing import Any

import numpy as np

from studies.data import Visits
from studies.intervals.settings import Settings

SMALL = {"units": [4], "dense_units": [], "dropout": 0.0, "epochs": 30, "batch_size": 20, "learning_rate": 0.02}
"""Settings of networks that are alike everywhere, so that each is compiled once."""


def study(visits: dict[str, object]) -> Settings:
    """A study of some visits, without networks."""
    configurations = [{"name": "one", "model": "most_frequent_bin"}]
    return Settings.model_validate(
        {"kind": "intervals", "name": "x", "visits": visits, "configurations": configurations}
    )


def settings(*configurations: dict[str, Any], **changes: Any) -> Settings:
    """A study of three repeats, whose configurations are named after their model and look-back."""
    named = [{"name": one.get("look_back", "") or one["model"], **one} for one in configurations]
    named = [{**one, "name": f"{one['model']} {one['name']}"} for one in named]
    stated = {"kind": "intervals", "name": "x", "repeats": 3, "visits": {"database": True}, "configurations": named}
    return Settings.model_validate({**stated, **changes})


def alternating() -> Visits:
    """Customers with alternating intervals of 20 and 70 days, so that the last one determines the next."""
    days = np.cumsum([0, *[20, 70] * 7, 20])
    return Visits.from_rows(np.repeat(np.arange(24), days.size), np.concatenate([days + one for one in range(24)]))


def turns() -> Visits:
    """Customers with intervals of 20, 20 and 70 days in turn, so that the last two determine the next."""
    days = np.cumsum([0, *[20, 20, 70] * 5])
    return Visits.from_rows(np.repeat(np.arange(24), days.size), np.concatenate([days + one for one in range(24)]))
