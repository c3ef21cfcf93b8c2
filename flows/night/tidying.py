"""The last things of a night: keeping what the next one can use, and removing what is no longer needed."""

from __future__ import annotations

import datetime

from flows.night.session import described
from flows.settings import RunSettings
from sql.ledger.pruning import KEPT_DAYS, KEPT_RUNS, Keep
from tasks.night import Night
from tasks.sharing.shared_night import remove_left_shared
from tasks.upkeep.housekeeping import tidy


def kept(settings: RunSettings) -> Keep:
    """Which runs are kept by `[run] keep_runs`, besides those that readers see or that await their review."""
    return Keep(KEPT_RUNS, KEPT_DAYS) if settings.keep_runs == "auto" else Keep(settings.keep_runs)


def keep_for_next_night(night: Night) -> None:
    """Keep what the next night need not read again; a failure leads to a note, since the forecast is published."""
    if night.run is None or night.afterwards is None:
        return
    try:
        with night.stage("keep"):
            night.afterwards()
    except Exception as error:
        night.warn(f"what was read could not be kept for the next night: {described(error)}")


def tidy_up(night: Night, settings: RunSettings) -> None:
    """Remove what old runs of the product have left; a failure leads to a note, since the forecast is published."""
    if night.run is None:
        return
    try:
        remove_left_shared(night)
        tidy(night.database, night.product, kept(settings), datetime.datetime.now(datetime.UTC))
    except Exception as error:
        night.warn(f"old runs could not be removed: {described(error)}")
