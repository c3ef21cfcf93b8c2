"""What shapes a model: the settings, and what a search found to be better in their place."""

from __future__ import annotations

import datetime
import hashlib
import json
import math
from typing import Any

from sql.ledger.searches import Search, StoredTrial, newest_search, trials_of
from tasks.night import Night
from tasks.products import models_of


def shape_of(night: Night) -> dict[str, Any]:
    """The settings that shape tonight's models; a model of another shape is another model."""
    shape = models_of(night.product).shape(night)
    return shape if night.found is None else shape | {"found": night.found}


def search_at(night: Night, as_of: datetime.date) -> Search:
    """The search that belongs to tonight's settings, at this as-of."""
    told = json.dumps(models_of(night.product).shape(night), sort_keys=True)
    return Search(night.product, hashlib.sha256(told.encode()).hexdigest(), as_of)


def find_settings(night: Night) -> None:
    """Let the night know what the newest search found; nothing where that is not better than the settings.

    A search of a later as-of says nothing: a backfill must not know what came after it.
    """
    today = night.question.as_of
    search = newest_search(night.database, night.product, search_at(night, today).shape, datetime.date.min, today)
    night.found = None if search is None else better_settings(trials_of(night.database, search))


def better_settings(trials: list[StoredTrial]) -> dict[str, Any] | None:
    """The best settings of a search, None where nothing was better than its first trial, the settings as they are."""
    usable = [trial for trial in trials if math.isfinite(trial.value)]
    best = min(usable, key=lambda trial: trial.value, default=None)
    return None if best is None or best.number == 0 else best.parameters
