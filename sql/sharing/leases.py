"""Leases: a worker holds a shard for a minute at a time, and writes only while nobody else has taken it.

A lease that ran out, or whose worker has certainly ended, is free. Every lease raises the shard's `attempt`. A worker
writes all rows of a shard in one transaction that begins with `finish`, which fails if the attempt is no longer its
own. So a shard is written once, however many workers have begun it, and no rows of an earlier attempt have to be
deleted.
"""

from __future__ import annotations

import datetime
import logging
import threading
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from nightcast.errors import NightcastError, RunLostError
from nightcast.process import Process
from sql.connection.clock import clock
from sql.engine import Database
from sql.ledger.runs import Run
from sql.sharing.shards import DONE, FAILED, LEASED, OPEN, Shard
from sql.tables import forecast_run, run_shard

LEASE_SECONDS = 60
RENEWAL_SECONDS = 15

WRITING_TIMEOUTS = {
    "idle_in_transaction_session_timeout": "60s",
    "statement_timeout": "10min",
    "tcp_keepalives_idle": "15",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
"""While a worker writes it holds its shard's row, which must not last when its machine has stopped or is gone."""

MOST_FAILURES = 3
"""After so many errors the shard fails, and its run with it."""

MOST_ATTEMPTS = 50
"""After so many attempts, each ended by a kill, the shard itself is what ends its workers."""

logger = logging.getLogger("nightcast")

_held: set[tuple[str, int, int]] = set()
"""Run, shard and attempt of what this process works on: what it let go while the database was away is free."""


def lease(database: Database, run: Run, avoid: Collection[int] = ()) -> Shard | None:
    """Take a free shard of a run, but none of those to avoid; None where there is none now."""
    for candidate in _candidates(database, run, avoid):
        taken = _take(database, run, candidate)
        if taken is not None:
            _held.add(_attempt(taken))
            return taken
    return None


def let_go(shard: Shard) -> None:
    """End the work of this process on a shard, whether or not the database could be told."""
    _held.discard(_attempt(shard))


def finish(connection: Connection, shard: Shard, rows_written: int, outcome: dict[str, Any]) -> None:
    """Declare a shard done, at the begin of the transaction that writes its rows.

    Raises:
        RunLostError: if another worker has taken the shard, or its run has ended.
    """
    if connection.dialect.name == "postgresql":
        for name, value in WRITING_TIMEOUTS.items():
            connection.execute(sa.select(sa.func.set_config(name, value, True)))
    is_running = sa.exists().where(forecast_run.c.run_id == shard.run.run_id, forecast_run.c.status == "running")
    done = {"status": DONE, "finished_at": clock(connection), "rows_written": rows_written, "outcome": outcome}
    if not _changed(connection, shard, is_running, **done):
        raise RunLostError(
            f"Shard {shard.shard} of run {shard.run.run_id} belongs to another worker by now, or its run has ended.",
            "Nothing was written twice. If this happens often, the machine sleeps or its connection is slow.",
        )


def give_back(database: Database, shard: Shard, error: str) -> None:
    """End an attempt with an error: the shard is open again, or has failed; nothing where it belongs to another."""
    column = run_shard.c
    is_last = column.failures + 1 >= MOST_FAILURES
    with database.write() as connection:
        ended: dict[str, Any] = {
            "status": sa.case((is_last, FAILED), else_=OPEN),
            "finished_at": sa.case((is_last, clock(connection)), else_=sa.null()),
        }
        _changed(connection, shard, **ended, failures=column.failures + 1, error=error, leased_until=None)


def put_down(database: Database, shard: Shard) -> None:
    """End an attempt without a fault of its own, so that others need not wait until the lease runs out."""
    with database.write() as connection:
        _changed(connection, shard, status=OPEN, leased_until=None)


def renew(database: Database, shard: Shard) -> bool:
    """Prolong a lease; False if the shard belongs to another worker by now."""
    with database.write() as connection:
        return _changed(connection, shard, leased_until=_until(connection))


class Renewal:
    """Renews a lease from a separate thread during the ``with`` block."""

    def __init__(self, database: Database, shard: Shard, seconds: float = RENEWAL_SECONDS) -> None:
        self._database, self._shard, self._seconds = database, shard, seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._renew_until_ended, name="nightcast-lease", daemon=True)

    def __enter__(self) -> Renewal:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _renew_until_ended(self) -> None:
        while not self._ended.wait(self._seconds):
            try:
                if not renew(self._database, self._shard):
                    return
            except NightcastError as error:  # the writing shows whether the lease has lasted
                logger.warning("The lease of shard %s was not renewed: %s", self._shard.shard, error.reason)


def _candidates(database: Database, run: Run, avoid: Collection[int]) -> list[Row[Any]]:
    """The shards that nobody holds, the open ones first."""
    column = run_shard.c
    query = sa.select(run_shard).where(column.run_id == run.run_id, column.status.in_((OPEN, LEASED)))
    with database.read() as connection:
        now = clock(connection)
        rows = connection.execute(query.order_by(column.shard)).all()
    free = (row for row in rows if row.shard not in avoid and _is_free(row, now))
    return sorted(free, key=lambda row: row.status == LEASED)


def _is_free(row: Row[Any], now: datetime.datetime) -> bool:
    if row.status == OPEN:
        return True
    worker = Process(row.host, row.pid_space, row.pid, row.process_started_at)
    if worker == Process.current() and (row.run_id, row.shard, row.attempt) not in _held:
        return True
    return row.leased_until < now or worker.is_gone()


def _attempt(shard: Shard) -> tuple[str, int, int]:
    return shard.run.run_id, shard.shard, shard.attempt


def _take(database: Database, run: Run, row: Row[Any]) -> Shard | None:
    """Take this shard if it is as it was seen; a shard that has ended too many workers fails."""
    column, me = run_shard.c, Process.current()
    as_seen = (column.run_id == run.run_id) & (column.shard == row.shard) & (column.attempt == row.attempt)
    as_seen &= column.status == row.status
    with database.write() as connection:
        # A worker that has stopped in the middle of its writing may hold the row.
        seen = sa.select(column.shard).where(as_seen).with_for_update(skip_locked=True)
        if connection.execute(seen).one_or_none() is None:
            return None
        if row.attempt >= MOST_ATTEMPTS:
            error = f"It was begun {row.attempt} times, and its workers ended each time."
            failed = {"status": FAILED, "finished_at": clock(connection), "error": error}
            connection.execute(sa.update(run_shard).where(as_seen).values(failed))
            return None
        mine = {
            "status": LEASED,
            "attempt": row.attempt + 1,
            "host": me.host,
            "pid": me.pid,
            "pid_space": me.pid_space,
            "process_started_at": me.started_at,
            "leased_until": _until(connection),
            "leased_at": clock(connection),
        }
        connection.execute(sa.update(run_shard).where(as_seen).values(mine))
    return Shard(run, row.shard, row.attempt + 1, row.first_hash, row.last_hash)


def _changed(connection: Connection, shard: Shard, *conditions: sa.ColumnElement[bool], **columns: Any) -> bool:
    """Change the row of a shard, if this attempt still holds it."""
    mine = sa.and_(shard.key, run_shard.c.attempt == shard.attempt, run_shard.c.status == LEASED, *conditions)
    return bool(connection.execute(sa.update(run_shard).where(mine).values(columns)).rowcount == 1)


def _until(connection: Connection) -> datetime.datetime:
    return clock(connection) + datetime.timedelta(seconds=LEASE_SECONDS)
