"""The steps of a night of next visits that other processes take part in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from flows.settings import RunSettings
from nightcast.values import Product, counted
from tasks import steps
from tasks.night import Night
from tasks.products import PRODUCTS
from tasks.sharing.coordinator import NoWorkers, Workers, learned_part, share_forecast, usual_shards
from tasks.sharing.shared_night import remove_shared_night


def is_shared(product: Product, settings: RunSettings) -> bool:
    """Whether other processes take part in a product's nights: in those of next visits alone."""
    return settings.engine != "local" and product is Product.NEXT_VISIT


def who_forecasts(product: Product, settings: RunSettings, rows: int) -> str:
    """Who takes part in a night of so many rows, and in how many shards, in words."""
    if not is_shared(product, settings):
        return "this process"
    cluster = f"the Dask cluster {settings.dask_address}" if settings.dask_address else "a Dask cluster on this machine"
    who = cluster if settings.engine == "dask" else "this process and every `nightcast work`"
    return f"{who}, in {counted(settings.shards or usual_shards(rows), 'shard')}"


def shared_steps(night: Night, settings: RunSettings, config: Path | None) -> None:
    """The steps as in a night of one process, on the customers that models learn from; all are forecast by workers.

    Args:
        night: a night with a run.
        settings: who takes part, and in how many shards.
        config: the settings file, for workers on this machine.
    """
    product: Any = PRODUCTS[night.product]
    said: list[str] = []

    def warn(note: str) -> None:
        said.append(note)
        night.warn(note)

    with _workers(warn, settings, config) as workers:
        located = steps.check(night, product)
        part, count = learned_part(night, located)
        rows = steps.read_part(night, product, part)
        prepared = steps.prepare(night, product, rows)
        del rows
        choice = steps.choose(night, product, prepared)
        with _removed_if_it_fails(night):
            steps.share(night, lambda: share_forecast(night, prepared, choice, count, workers, settings.shards))
    # A step that is tried again starts without its notes; who was lost before stays lost, and says so once.
    night.notes += [note for note in said if note not in night.notes]
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
def _workers(warn: Callable[[str], None], settings: RunSettings, config: Path | None) -> Iterator[Workers]:
    if settings.engine != "dask":
        yield NoWorkers()
        return
    from flows.workers.dask import DaskWorkers

    with DaskWorkers(settings.dask_address, config, warn, settings.shards) as workers:
        yield workers
