"""Threads that share the work on arrays."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from threadpoolctl import threadpool_limits

MOST_THREADS = 4
"""More would wait for the one that writes, or for the memory."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_threads(work: Callable[[Item], Result], items: Iterable[Item], threads: int | None = None) -> Iterator[Result]:
    """The results of `work` for each item, in their order, computed by so many threads; None: one for each core.

    NumPy computes without Python's lock. At most one more than there are threads are begun before they are used.
    """
    threads = threads or min(os.cpu_count() or 1, MOST_THREADS)
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(threads, "forecast") as pool:
        coming: deque[Future[Result]] = deque()
        for item in items:
            if len(coming) > threads:
                yield coming.popleft().result()
            coming.append(pool.submit(work, item))
        while coming:
            yield coming.popleft().result()
