"""The process that shares a night's work out: it learns from a part of the customers, and waits for all shards."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import sqlalchemy as sa

from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.recipes.model import NextVisitModel
from nightcast.errors import NightcastError
from nightcast.rejections import Rejections
from nightcast.values import to_date
from sql.ledger import runs
from sql.sharing.shards import ShardCounts, create_shards, outcomes, shard_counts, written_rows
from sql.source.parts import part_of_source
from sql.tables import next_visit_day, next_visit_stored, visit_bin
from sql.tables.of_runs import is_of_run
from sql.writing import append
from tasks.next_visit.forecasting import Forecaster
from tasks.next_visit.reading import FrequentCustomer, point_out_new_bookings, point_out_walk_in
from tasks.next_visit.sample import sampled_hashes
from tasks.next_visit.steps import holidays_country
from tasks.next_visit.tables import next_visit_day_rows, visit_bin_rows
from tasks.night import Choice, Night, Prepared
from tasks.product import LocatedSource
from tasks.sharing.shared_night import remove_shared_night, save_shared_night
from tasks.sharing.worker import Worker

POLL_SECONDS = 0.25
SHARD_ROWS = 5_000_000
"""Rows of a shard, about: each shard is a scan of the source, and is held in memory whole."""

FEWEST_SHARDS = 4

PATIENCE_SECONDS = 30.0
"""While nobody holds a shard for so long, other workers have stopped without a word: this process takes one."""


class Workers(Protocol):
    """Other processes that take shards."""

    def invite(self, run_id: str) -> bool:
        """Let those without work take shards of a run; whether there is any."""


class NoWorkers:
    """Nobody is asked: this process takes shards, and whoever runs `nightcast work`."""

    def invite(self, run_id: str) -> bool:
        """Nobody comes."""
        return False


def learned_part(night: Night, located: LocatedSource) -> tuple[LocatedSource, int]:
    """The rows of the customers that models learn from, and the number of all rows.

    Raises:
        InputError: if the identifiers are of a type that has no hashes.
    """
    with night.database.read() as connection:
        rows = int(connection.execute(located.source.select(sa.func.count())).scalar_one())
    customer = night.sections.source.visits.columns.customer_id
    part = part_of_source(night.database, located.source, customer, 0, sampled_hashes(rows) - 1)
    return LocatedSource(part, located.columns), rows


def usual_shards(rows: int) -> int:
    """The number of shards for a source with so many rows."""
    return max(FEWEST_SHARDS, -(-rows // SHARD_ROWS))


def share_forecast(
    night: Night,
    prepared: Prepared[CustomerBase],
    choice: Choice[NextVisitModel],
    rows: int,
    workers: Workers,
    shards: int | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> int:
    """Share the forecast of every customer out, and wait for it; returns the number of rows written.

    May be repeated: shards that are done stay done.

    Args:
        night: the night, with a run.
        prepared: the customers that models learn from.
        choice: the model that serves.
        rows: the number of rows of the source.
        workers: other processes to take shards; where there are none, this one does.
        shards: the number of shards; None: by the number of rows.
        pause: called with the seconds between two looks at the shards.

    Raises:
        NightcastError: if a shard failed several times.
    """
    run = night.run
    assert run is not None  # noqa: S101 - a dry run shares nothing
    if not shard_counts(night.database, run.run_id).all:
        with night.database.write() as connection:
            runs.clear(connection, run)
        forecaster = Forecaster.of(choice.model, prepared.known, holidays_country(night))
        artifact = save_shared_night(night, forecaster)
        create_shards(night.database, run, shards or usual_shards(rows), *artifact)
    worker = Worker(night.database, night.sections, night.question.timezone, tries_again=True)
    unattended = 0.0
    while (counts := _counts(night, run)).done < counts.all:
        unattended = 0.0 if counts.held else unattended + POLL_SECONDS
        is_served = workers.invite(run.run_id) and unattended < PATIENCE_SECONDS
        if is_served or not worker.take_shard(run):
            pause(POLL_SECONDS)
    return _collect(night, run, choice)


def _counts(night: Night, run: runs.Run) -> ShardCounts:
    """How far the shards are; raises if one has failed."""
    counts = shard_counts(night.database, run.run_id)
    night.progress(counts.done / counts.all)
    if counts.failed:
        raise NightcastError(
            f"{counts.failed} of {counts.all} shards failed: {'; '.join(dict.fromkeys(counts.errors))}",
            "Mend the cause, and run the night again.",
        )
    return counts


def _collect(night: Night, run: runs.Run, choice: Choice[NextVisitModel]) -> int:
    """Write what belongs to all customers, and take over what the workers have counted."""
    counted = outcomes(night.database, run.run_id)
    by_day = np.sum([one["by_day"] for one in counted], axis=0)
    small = {
        visit_bin: visit_bin_rows(night, choice.model.bins),
        next_visit_day: next_visit_day_rows(night, by_day),
    }
    written: int = written_rows(night.database, run.run_id)
    with night.database.write() as connection:
        _require_all(connection, run, written)
        for table, rows in small.items():
            connection.execute(sa.delete(table).where(is_of_run(table, run.run_id)))
            append(connection, table, rows)
        written += sum(rows.num_rows for rows in small.values())
        runs.record(connection, run, rows_written=written)
    _take_over(night, counted)
    night.entry.rows_written = written
    remove_shared_night(night)
    return written


def _require_all(connection: sa.Connection, run: runs.Run, expected: int) -> None:
    """Count the rows: each shard has to be there once."""
    query = sa.select(sa.func.count()).select_from(next_visit_stored).where(is_of_run(next_visit_stored, run.run_id))
    found = connection.execute(query).scalar_one()
    if found != expected:
        raise NightcastError(
            f"The shards of run {run.run_id} have written {expected:,} rows, and {found:,} are there.",
            "Another program has changed the table next_visit_stored: run the night again.",
        )


def _take_over(night: Night, counted: list[dict[str, Any]]) -> None:
    """What the workers have counted, in place of what was counted of the customers that models learn from."""
    night.rejections = Rejections()
    for one in counted:
        for rejection in one["rejections"]:
            night.rejections.add(**rejection)
    entry = night.entry
    entry.rows_read = sum(one["rows_read"] for one in counted)
    entry.subjects = sum(one["subjects"] for one in counted)
    entry.data_through = to_date(max(one["data_through"] for one in counted))
    _point_out(night, counted)


def _point_out(night: Night, counted: list[dict[str, Any]]) -> None:
    """The warnings about all customers, which no worker can give alone."""
    frequent = [FrequentCustomer(**one["most_frequent"]) for one in counted if one["most_frequent"]]
    first = max(frequent, key=lambda one: one.visits)
    most = replace(first, of=sum(one.of for one in frequent))
    point_out_walk_in(night, night.entry.subjects, most)
    point_out_new_bookings(night, sum(one["new_bookings"] for one in counted))
    for note in dict.fromkeys(note for one in counted for note in one["notes"]):
        if note not in night.notes:
            night.warn(note)
