"""A Dask cluster as transport: its workers take shards as `nightcast work` does, and nothing rests on its memory.

Dask runs finished work again after lost workers, and gives up after a few. Here its tasks only say "take shards": what
is done, and by whom, stands in `run_shard`.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from flows.workers.work import take_shards
from nightcast.errors import SettingsError

CONNECT_SECONDS = 15
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

logger = logging.getLogger("nightcast")


def take_shards_on_worker(run_id: str, config: str | None) -> int:
    """What a worker of the cluster does; on another machine it reads its own settings."""
    return take_shards(Path(config) if config else None, run_id, threads=1)


class DaskWorkers:
    """The workers of a cluster, during the ``with`` block.

    Args:
        address: that of the scheduler; None: a cluster on this machine, with a worker for each core.
        config: the settings file of this machine.
        warn: called with a warning for the ledger.

    Raises:
        SettingsError: if Dask is not installed.
    """

    def __init__(self, address: str | None, config: Path | None, warn: Callable[[str], None]) -> None:
        self._address, self._warn = address, warn
        self._config = str(config.absolute()) if config is not None and address is None else None
        self._client: Any = None
        self._cluster: Any = None
        self._busy: dict[str, Any] = {}

    def __enter__(self) -> DaskWorkers:
        distributed = _distributed()
        try:
            if self._address is None:
                self._cluster = _local_cluster(distributed)
            target = self._address or self._cluster
            self._client = distributed.Client(target, timeout=CONNECT_SECONDS, set_as_default=False)
        except OSError as error:
            self._lose(f"the Dask scheduler {self._address} cannot be reached ({type(error).__name__})")
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
        if self._client.status != "running":
            self._lose("the connection to the Dask scheduler is lost")
            return False
        alive = set(self._client.scheduler_info(n_workers=-1)["workers"])
        for address in [address for address, task in self._busy.items() if address not in alive or task.done()]:
            self._release(address)
        for address in alive - self._busy.keys():
            self._busy[address] = self._client.submit(
                take_shards_on_worker,
                run_id,
                self._config,
                workers=[address],
                allow_other_workers=False,
                pure=False,
                retries=0,
            )
        return bool(alive)

    def _release(self, address: str) -> None:
        task = self._busy.pop(address)
        if task.status == "error":
            logger.warning("A Dask worker failed: %s", task.exception())
        task.release()  # Dask would run a task whose result is held again after its worker was lost

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
    return distributed


def _local_cluster(distributed: Any) -> Any:
    """Spawned workers, a thread each, so that their threads do not fight for the cores."""
    return distributed.LocalCluster(
        n_workers=os.cpu_count() or 1,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        silence_logs=logging.ERROR,
        env=dict.fromkeys(ONE_THREAD, "1"),
    )
