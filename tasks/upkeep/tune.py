"""The search for better settings. It resumes the last one, and its best settings compete at the next gate."""

from __future__ import annotations

import datetime
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass

from models.common.search import SearchTrial, Tuning, search
from sql.ledger.searches import Search, StoredTrial, add_trial, newest_search, trials_of
from tasks.night import Known, Model, Night, Prepared
from tasks.plan import search_at
from tasks.product import ProductSteps


@dataclass(frozen=True)
class Limits:
    """The limits of a search: it ends after the trial that exceeds the seconds, or reaches the number of trials."""

    seconds: float
    trials: int | None = None


def open_search(night: Night, product: ProductSteps[Known, Model], prepared: Prepared[Known]) -> Search:
    """The newest search of these settings, if it is younger than `retrain_after_days`; else a new one at the as-of."""
    today = night.question.as_of
    since = today - datetime.timedelta(days=night.sections.model.retrain_after_days)
    new = search_at(night, product, prepared, today)
    return newest_search(night.database, night.product, new.shape, since, today) or new


def tune(
    night: Night, tuning: Tuning, current: Search, limits: Limits, on_trial: Callable[[StoredTrial], None]
) -> tuple[list[StoredTrial], int]:
    """Try settings until a limit is reached; every trial is stored as soon as it ends.

    Args:
        night: the night at the as-of of the search.
        tuning: the ranges to search, and the score of settings.
        current: the search, which may have trials already.
        limits: when to end.
        on_trial: called with each trial.

    Returns:
        All trials of the search, and the number of new ones.

    Raises:
        InputError: if the history is too short to search with.
    """
    known = trials_of(night.database, current)
    earlier = [SearchTrial(trial.parameters, trial.value, trial.seconds) for trial in known]
    until = time.monotonic() + limits.seconds
    trials = search(tuning.space, tuning.present, tuning.objective, earlier, night.sections.model.seed)
    number = max((trial.number for trial in known), default=-1)
    for new, trial in enumerate(itertools.islice(trials, limits.trials), start=1):
        stored = StoredTrial(number + new, trial.parameters, trial.value, trial.seconds)
        add_trial(night.database, current, stored)
        known.append(stored)
        on_trial(stored)
        if time.monotonic() >= until:
            return known, new
    return known, limits.trials or 0
