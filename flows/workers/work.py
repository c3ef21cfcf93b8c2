"""Taking shards of nights under way, in any process on any machine."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from flows.night.session import as_sections, open_configured
from nightcast.errors import UnavailableError
from sql.engine import Database
from sql.ledger.runs import Run
from sql.sharing.shards import shared_runs

WAIT_SECONDS = 2.0
"""Between two looks for shards, while others hold them all or no night is under way."""

logger = logging.getLogger("nightcast")


def take_shards(
    config: Path | None,
    run_id: str | None = None,
    *,
    threads: int | None = None,
    stay: bool = False,
    pause: Callable[[float], None] = time.sleep,
) -> int:
    """Take shards until there are none left to take.

    Args:
        config: the settings file; they have to be those of the night.
        run_id: take only those of this run.
        threads: how many threads forecast; None: one for each core.
        stay: wait for the next night instead, and for a database that is away.
        pause: called with the seconds to wait.

    Returns:
        How many shards this process has taken.

    Raises:
        SettingsError: if the settings are not those of the night.
        UnavailableError: if the database or the store cannot be reached.
    """
    settings, database = open_configured(config)
    from tasks.sharing.worker import Worker

    worker, taken, is_away = Worker(database, as_sections(settings), settings.run.timezone, threads), 0, False
    if stay:
        logger.info("waits for nights with shards to take")
    while True:
        try:
            took = any(worker.take_shard(run) for run in _runs(database, run_id))
            is_away = False
        except UnavailableError as error:
            if not stay:
                raise
            if not is_away:  # once, however long it lasts
                logger.warning("%s Waiting for it.", error.reason)
            took, is_away = False, True
        taken += took
        if not took and not stay:
            return taken
        if not took:
            pause(WAIT_SECONDS)


def _runs(database: Database, run_id: str | None) -> list[Run]:
    return [run for run in shared_runs(database) if run_id in (None, run.run_id)]
