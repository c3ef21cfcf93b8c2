"""The lock of a product: one run at a time, by a row in `product_lock` with a heartbeat.

Silence is measured by a clock that nobody sets where there is one: within a boot by the time since it, between machines
by the clock of the database.
"""

from __future__ import annotations

import datetime
import logging
import threading
from time import monotonic

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError

from nightcast.errors import LockHeldError, NightcastError
from nightcast.process import Process
from nightcast.values import Product
from sql.connection.clock import clock
from sql.engine import Database
from sql.tables import forecast_run, product_lock

HEARTBEAT_SECONDS = 20
STALE_SECONDS = 180
"""Without a heartbeat for this long a run counts as gone, whatever its process does."""

END_SECONDS = 3
"""How long the end of a run waits for a heartbeat under way; one that hangs ends with the process."""

ATTEMPTS = 5
"""How often to try while other runs take and release the lock."""

logger = logging.getLogger("nightcast")


def acquire(connection: Connection, product: Product, run_id: str, process: Process) -> None:
    """Take the product's lock inside the caller's transaction.

    Raises:
        LockHeldError: if a live run holds it; names the holder.
    """
    for _ in range(ATTEMPTS):
        mine = {"run_id": run_id, **_columns(process), **_beat_now(connection)}
        try:  # insert before looking: MySQL locks the gap of a row that a query did not find
            with connection.begin_nested():
                connection.execute(sa.insert(product_lock).values(product=product, **mine))
            return
        except IntegrityError:
            holder = _holder(connection, product)
        if holder is not None:  # else it has been released in between
            _refuse_live(holder, product, clock(connection))
            connection.execute(sa.update(product_lock).where(product_lock.c.product == product).values(**mine))
            return
    raise LockHeldError(f"Another {product} run has just started.", "Wait until it ends.")


def _refuse_live(holder: Row[tuple[object, ...]], product: Product, now: datetime.datetime) -> None:
    process = Process(holder.host, holder.pid_space, holder.pid, holder.process_started_at)
    silence = _silence(holder, process, now)
    if process.is_gone() or silence > STALE_SECONDS:
        return
    raise LockHeldError(
        f"Another {product} run is under way: run {holder.run_id}, process {holder.pid} on {holder.host}, "
        f"last heartbeat {max(silence, 0):.0f} s ago.",
        f"Wait until it ends. The lock of a run that was killed is free at once on the same host, and after "
        f"{STALE_SECONDS} s without a heartbeat on others and in other containers.",
    )


def _silence(holder: Row[tuple[object, ...]], process: Process, now: datetime.datetime) -> float:
    """Seconds since the last heartbeat."""
    if process.is_near() and holder.heartbeat_uptime is not None:
        return float(monotonic() - holder.heartbeat_uptime)
    return float((now - holder.heartbeat_at).total_seconds())


def release(connection: Connection, run_id: str) -> None:
    """Release the lock, if this run still holds it."""
    connection.execute(sa.delete(product_lock).where(product_lock.c.run_id == run_id))


def _columns(process: Process) -> dict[str, object]:
    return {
        "host": process.host,
        "pid_space": process.pid_space,
        "pid": process.pid,
        "process_started_at": process.started_at,
    }


def _beat_now(connection: Connection) -> dict[str, object]:
    return {"heartbeat_at": clock(connection), "heartbeat_uptime": monotonic()}


def _holder(connection: Connection, product: Product) -> Row[tuple[object, ...]] | None:
    query = sa.select(product_lock).where(product_lock.c.product == product)
    return connection.execute(query.with_for_update()).one_or_none()


class Heartbeat:
    """Writes a run's heartbeat from a separate thread during the ``with`` block."""

    def __init__(self, database: Database, run_id: str, seconds: float = HEARTBEAT_SECONDS) -> None:
        self._database = database
        self._run_id = run_id
        self._seconds = seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat_until_ended, name="nightcast-heartbeat", daemon=True)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(END_SECONDS)

    def _beat_until_ended(self) -> None:
        while not self._ended.wait(self._seconds):
            try:
                beat(self._database, self._run_id)
            except NightcastError as error:  # the next heartbeat, or the next batch, shows whether it lasts
                logger.warning("The heartbeat of run %s failed: %s", self._run_id, error.reason)


def beat(database: Database, run_id: str) -> None:
    """Write the run's heartbeat once."""
    with database.write() as connection:
        now = _beat_now(connection)
        connection.execute(sa.update(product_lock).where(product_lock.c.run_id == run_id).values(now))
        mine = forecast_run.c.run_id == run_id
        connection.execute(sa.update(forecast_run).where(mine).values(heartbeat_at=now["heartbeat_at"]))


def silent_runs(database: Database) -> list[str]:
    """Running runs without a heartbeat for `STALE_SECONDS`, by the clock of the database."""
    with database.read() as connection:
        silent = forecast_run.c.heartbeat_at < clock(connection) - datetime.timedelta(seconds=STALE_SECONDS)
        query = sa.select(forecast_run.c.run_id).where(forecast_run.c.status == "running", silent)
        return list(connection.execute(query.order_by(forecast_run.c.run_id)).scalars())
