"""Many series over several clean processes, never forked from one that has TensorFlow loaded.

`statsforecast.StatsForecast(n_jobs=...)` gives the same numbers in about the same time, but forks its processes, loses
all series when one process is killed, and leaves its processes running when their parent is killed.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from concurrent.futures import BrokenExecutor
from functools import cache

import numpy as np

from models.common.arrays import Floats, Integers
from models.sales.recipes.model import QUANTILES
from models.sales.recipes.statistical.library import RATES, forecast_histories

logger = logging.getLogger("nightcast")

FEWEST_FOR_WORKERS = 50
"""With fewer series, starting other processes takes longer than they save."""

FEWEST_RATES_FOR_WORKERS = 2_000
"""The same for a recipe that is a rate, which takes half a millisecond."""

SERIES_AT_ONCE = 64
"""Series in one task of a worker, at most."""

IDLE_SECONDS = 30
"""After which an idle worker ends; until then the next recipe or origin uses it."""

PARENT_CHECK_SECONDS = 0.5
"""How often a worker checks that its parent still runs."""


def forecast_parallel(recipe: str, values: Floats, part: Integers, season: int, horizon: int) -> Floats:
    """The same as `library.forecast_histories` for the series `part` (n,) of `values` (S, T), in several processes.

    The result does not depend on the number of processes. A series whose process was killed counts as failed.
    """
    from joblib import Parallel, cpu_count, delayed

    workers = cpu_count()
    alone = workers < 2 or len(part) < (FEWEST_RATES_FOR_WORKERS if recipe in RATES else FEWEST_FOR_WORKERS)
    size = SERIES_AT_ONCE if alone else min(SERIES_AT_ONCE, -(-len(part) // (2 * workers)))
    blocks = [slice(start, start + size) for start in range(0, len(part), size)]
    forecasts = np.full((len(part), horizon, len(QUANTILES) + 1), np.nan)
    if alone:
        for block in blocks:
            forecasts[block] = forecast_histories(recipe, values[part[block]], season, horizon)
        return forecasts
    pool = Parallel(
        workers, backend="loky", batch_size=1, max_nbytes=None, return_as="generator", idle_worker_timeout=IDLE_SECONDS
    )
    tasks = (delayed(_work)(os.getpid(), recipe, values[part[block]], season, horizon) for block in blocks)
    try:
        for block, result in zip(blocks, pool(tasks), strict=True):
            forecasts[block] = result
    except BrokenExecutor:
        logger.warning("A process that forecast sales series was killed.")
    return forecasts


def _work(parent: int, recipe: str, values: Floats, season: int, horizon: int) -> Floats:
    _end_with(parent)
    return forecast_histories(recipe, values, season, horizon)


@cache
def _end_with(parent: int) -> None:
    """End this process as soon as its parent has ended, even if the parent was killed."""
    threading.Thread(target=_wait_and_end, args=(parent,), daemon=True).start()


def _wait_and_end(parent: int) -> None:
    while os.getppid() == parent:  # an orphan gets another parent at once
        time.sleep(PARENT_CHECK_SECONDS)
    os._exit(1)
