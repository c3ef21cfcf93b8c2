"""The steps of a night of next visits that other processes take part in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from flows.settings import RunSettings
from tasks import steps
from tasks.night import Night
from tasks.products import PRODUCTS
from tasks.sharing.coordinator import NoWorkers, Workers, learned_part, share_forecast
from tasks.sharing.shared_night import remove_shared_night


def shared_steps(night: Night, settings: RunSettings, config: Path | None) -> None:
    """The steps as in a night of one process, on the customers that models learn from; all are forecast by workers.

    Args:
        night: a night with a run.
        settings: who takes part, and in how many shards.
        config: the settings file, for workers on this machine.
    """
    product: Any = PRODUCTS[night.product]
    with _workers(night, settings, config) as workers:
        located = steps.check(night, product)
        part, count = learned_part(night, located)
        rows = steps.read_part(night, product, part)
        prepared = steps.prepare(night, product, rows)
        del rows
        choice = steps.choose(night, product, prepared)
        with _removed_if_it_fails(night):
            steps.share(night, lambda: share_forecast(night, prepared, choice, count, workers, settings.shards))
    prepared = replace(prepared, times=night.entry.subjects / len(prepared.ids))
    steps.publish(night, choice)
    steps.review(night, product, prepared)


@contextmanager
def _removed_if_it_fails(night: Night) -> Iterator[None]:
    """Leave nothing in the model store for the workers of a night that has failed."""
    try:
        yield
    except BaseException:
        with suppress(Exception):  # the store may be away, and the error before is what counts
            remove_shared_night(night)
        raise


@contextmanager
def _workers(night: Night, settings: RunSettings, config: Path | None) -> Iterator[Workers]:
    if settings.engine != "dask":
        yield NoWorkers()
        return
    from flows.workers.dask import DaskWorkers

    with DaskWorkers(settings.dask_address, config, night.warn, settings.shards) as workers:
        yield workers
