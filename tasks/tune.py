"""A search for better settings, which goes on where the last one ended, and whose winner meets the gate."""

from __future__ import annotations

import datetime
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass

from models.common.search import SearchTrial, search
from sql.ledger.searches import Search, StoredTrial, add_trial, newest_search, trials_of
from tasks.night import Night
from tasks.products import models_of
from tasks.shape import search_at


@dataclass(frozen=True)
class Limits:
    """When a search ends: after the trial in which the seconds ran out, or the number of trials was reached."""

    seconds: float
    trials: int | None = None


def search_to_go_on_with(night: Night) -> Search:
    """The newest search of these settings that is younger than a retraining, else a new one at the night's as-of."""
    today = night.question.as_of
    since = today - datetime.timedelta(days=night.sections.model.retrain_after_days)
    begun = search_at(night, today)
    return newest_search(night.database, night.product, begun.shape, since, today) or begun


def tune(
    night: Night, begun: Search, limits: Limits, on_trial: Callable[[StoredTrial], None]
) -> tuple[list[StoredTrial], int]:
    """Try settings until a limit is reached; every trial is kept as soon as it has ended.

    Args:
        night: with its sources prepared, at the as-of of the search.
        begun: the search, which may have trials already.
        limits: when to end.
        on_trial: told of each trial.

    Returns:
        All trials of the search, and how many of them are new.

    Raises:
        InputError: if the history is too short to search with.
    """
    tuning = models_of(night.product).tuning(night)
    known = trials_of(night.database, begun)
    earlier = [SearchTrial(trial.parameters, trial.value, trial.seconds) for trial in known]
    until = time.monotonic() + limits.seconds
    found = search(tuning.space, tuning.present, tuning.objective, earlier, night.sections.model.seed)
    number = max((trial.number for trial in known), default=-1)
    for new, trial in enumerate(itertools.islice(found, limits.trials), start=1):
        stored = StoredTrial(number + new, trial.parameters, trial.value, trial.seconds)
        add_trial(night.database, begun, stored)
        known.append(stored)
        on_trial(stored)
        if time.monotonic() >= until:
            return known, new
    return known, limits.trials or 0
