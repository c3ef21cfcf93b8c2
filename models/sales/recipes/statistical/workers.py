"""Many series over several processes, each of them clean: never forked from one that has TensorFlow loaded."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from functools import cache

import numpy as np

from models.common.arrays import Flags, Floats, Integers
from models.sales.recipes.constraints import QUANTILES
from models.sales.recipes.statistical.library import RATES, forecast_histories

logger = logging.getLogger("nightcast")

FEWEST_FOR_WORKERS = 50
"""Series from which on other processes are worth their start."""

FEWEST_RATES_FOR_WORKERS = 2_000
"""The same for a recipe that is a rate, which takes half a millisecond."""

SERIES_AT_ONCE = 64
"""In one task of a worker, at most."""

IDLE_SECONDS = 30
"""After which a worker without work ends; until then the next recipe or origin finds it warm."""

LOOK_SECONDS = 0.5
"""After which a worker looks again whether its parent still runs."""

Result = tuple[Floats, Floats, Flags]


def forecast_parallel(
    recipe: str, values: Floats, part: Integers, season: int, horizon: int, workers: int | None = None
) -> Result:
    """The same as `library.forecast_histories` for the series `part` of `values` (S, T).

    The result is the same for any number of workers.

    Args:
        recipe: See there.
        values: See there.
        part: Places of usable series, (n,).
        season: Periods.
        horizon: Steps.
        workers: Processes; as many as there are processors for this one when left out.
    """
    from joblib import Parallel, cpu_count, delayed

    workers = cpu_count() if workers is None else workers
    alone = workers < 2 or len(part) < (FEWEST_RATES_FOR_WORKERS if recipe in RATES else FEWEST_FOR_WORKERS)
    size = SERIES_AT_ONCE if alone else min(SERIES_AT_ONCE, -(-len(part) // (2 * workers)))
    blocks = [part[start : start + size] for start in range(0, len(part), size)]
    if alone:
        results = (forecast_histories(recipe, values[block], season, horizon) for block in blocks)
        return _joined(results, len(part), horizon)
    pool = Parallel(
        workers, backend="loky", batch_size=1, max_nbytes=None, return_as="generator", idle_worker_timeout=IDLE_SECONDS
    )
    tasks = (delayed(_work)(os.getpid(), recipe, values[block], season, horizon) for block in blocks)
    return _joined(pool(tasks), len(part), horizon)


def _joined(results: Iterator[Result], count: int, horizon: int) -> Result:
    """The results one after the other; what a worker that was killed did not bring counts as failed."""
    mean, failed = np.full((count, horizon), np.nan), np.ones(count, bool)
    quantiles = np.full((count, horizon, len(QUANTILES)), np.nan)
    start = 0
    try:
        for found in results:
            here = slice(start, start := start + len(found[0]))
            mean[here], quantiles[here], failed[here] = found
    except BrokenExecutor:
        logger.warning("A process that forecast sales series was killed.")
    return mean, quantiles, failed


def _work(parent: int, recipe: str, values: Floats, season: int, horizon: int) -> Result:
    _end_with(parent)
    return forecast_histories(recipe, values, season, horizon)


@cache
def _end_with(parent: int) -> None:
    """End this process as soon as its parent has ended, however that came about."""
    threading.Thread(target=_wait_and_end, args=(parent,), daemon=True).start()


def _wait_and_end(parent: int) -> None:
    while os.getppid() == parent:  # an orphan is given to another process at once
        time.sleep(LOOK_SECONDS)
    os._exit(1)
