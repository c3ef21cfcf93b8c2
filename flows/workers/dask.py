"""A Dask cluster as transport: its workers take shards as `nightcast work` does, and nothing rests on its memory.

Dask runs finished work again after lost workers, and gives up after a few. Here its tasks only say "take shards": what
is done, and by whom, stands in `run_shard`.
"""

from __future__ import annotations

import logging
import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from flows.console.terminal_log import log_to_terminal
from flows.workers.work import WAIT_SECONDS, take_shards
from nightcast.errors import SettingsError, UsageError, first_line

CONNECT_SECONDS = 15
ANSWER_SECONDS = 10
"""How long a scheduler may take to name its workers."""

MOST_FAILURES = 3
"""After so many errors in a row a worker gets no more tasks; after one that has to be corrected first, at once."""

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

logger = logging.getLogger("nightcast")


def take_shards_on_worker(run_id: str, config: str | None, is_local: bool) -> int:
    """What a worker of the cluster does; on another machine it reads its own settings, and keeps a log."""
    if not is_local:
        log_to_terminal()
    return take_shards(Path(config) if config else None, run_id, threads=1)


class DaskWorkers:
    """The workers of a cluster, during the ``with`` block.

    Args:
        address: that of the scheduler; None: a cluster on this machine, with a worker for each core.
        config: the settings file of this machine.
        warn: called with a warning for the ledger.
        most: the number of workers that find work, if it is known.

    Raises:
        SettingsError: if Dask is not installed.
    """

    def __init__(
        self, address: str | None, config: Path | None, warn: Callable[[str], None], most: int | None = None
    ) -> None:
        self._address, self._warn, self._most = address, warn, most
        self._config = str(config.absolute()) if config is not None and address is None else None
        self._client: Any = None
        self._cluster: Any = None
        self._busy: dict[str, Any] = {}
        self._rests_until: dict[str, float] = {}
        self._failures: Counter[str] = Counter()
        self._refused: set[str] = set()

    def __enter__(self) -> DaskWorkers:
        distributed = _distributed()
        try:
            if self._address is None:
                self._cluster = _local_cluster(distributed, self._most)
            target = self._address or self._cluster
            self._client = distributed.Client(target, timeout=CONNECT_SECONDS, set_as_default=False)
        except OSError as error:
            where = f"the Dask scheduler {self._address}" if self._address else "the Dask cluster of this machine"
            self._lose(f"{where} cannot be reached ({type(error).__name__})")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def invite(self, run_id: str) -> bool:
        """Give each worker without work the task to take shards; whether there is any worker.

        Without one, this process forecasts.
        """
        if self._client is None:
            return False
        try:
            return self._invite(run_id)
        except Exception as error:  # whatever Dask raises: the night does not rest on it
            logger.debug("Dask failed.", exc_info=error)
            self._lose("the connection to the Dask scheduler is lost")
            return False

    def _invite(self, run_id: str) -> bool:
        if self._client.status != "running":
            raise ConnectionError(self._client.status)
        alive = self._alive()
        for address in [address for address, task in self._busy.items() if address not in alive or task.done()]:
            self._release(address)
        serving = alive - self._refused
        for address in serving - self._busy.keys():
            if time.monotonic() >= self._rests_until.get(address, 0.0):
                self._busy[address] = self._client.submit(
                    take_shards_on_worker,
                    run_id,
                    self._config,
                    self._address is None,
                    workers=[address],
                    allow_other_workers=False,
                    pure=False,
                    retries=0,
                )
        return bool(serving)

    def _alive(self) -> set[str]:
        """The addresses of all workers; `Client.scheduler_info` would wait endlessly for a stopped scheduler."""
        identity = self._client.scheduler.identity
        return set(self._client.sync(identity, n_workers=-1, callback_timeout=ANSWER_SECONDS)["workers"])

    def _release(self, address: str) -> None:
        """Take note of the end of a task, after which its worker rests: others hold what it did not take."""
        task = self._busy.pop(address)
        self._rests_until[address] = time.monotonic() + WAIT_SECONDS
        if task.status == "error":
            self._take_note(address, task.exception(timeout=ANSWER_SECONDS))
        elif task.status == "finished":
            del self._failures[address]
        task.release()  # Dask would run a task whose result is held again after its worker was lost

    def _take_note(self, address: str, error: BaseException) -> None:
        logger.warning("The Dask worker %s failed: %s", address, error)
        self._failures[address] += 1
        if isinstance(error, UsageError) or self._failures[address] >= MOST_FAILURES:
            self._refused.add(address)
            self._warn(f"the Dask worker {address} takes no further part: {first_line(error)}")

    def _lose(self, why: str) -> None:
        self._warn(f"{why}; this process forecasts what is left")
        self._close()

    def _close(self) -> None:
        client, cluster = self._client, self._cluster
        self._client = self._cluster = None
        self._busy = {}
        for one in (client, cluster):
            if one is not None:
                try:
                    one.close(timeout=5)
                except Exception as error:
                    logger.debug("Dask did not close in order.", exc_info=error)


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        raise SettingsError(
            '[run] engine is "dask", and Dask is not installed.',
            "Install it with `pip install 'nightcast[dask]'`, or set engine to local or shared.",
        ) from None
    logging.getLogger("distributed").setLevel(logging.ERROR)  # it tells of every connection; a loss is in `notes`
    return distributed


def _local_cluster(distributed: Any, most: int | None) -> Any:
    """Spawned workers, a thread each, so that their threads do not fight for the cores."""
    import dask

    cores = os.cpu_count() or 1
    # Dask lets processes give freed memory back at once, so that each large array is mapped anew: it doubles our time.
    with dask.config.set({"distributed.nanny.pre-spawn-environ": dict.fromkeys(ONE_THREAD, "1")}):
        return distributed.LocalCluster(
            n_workers=min(cores, most or cores),
            threads_per_worker=1,
            processes=True,
            security=True,  # certificates of its own: otherwise any user of this machine could give it work
            dashboard_address="127.0.0.1:0",  # it listens in any case; not at a port that another night may have
            silence_logs=logging.ERROR,
        )
