"""One run at a time for each product: a row in `product_lock`, kept alive by a heartbeat."""

from __future__ import annotations

import datetime
import logging
import threading
from types import TracebackType

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError

from nightcast.errors import LockHeldError, NightcastError
from nightcast.process import Process
from nightcast.values import Product
from sql.engine import Database
from sql.tables import forecast_run, product_lock

HEARTBEAT_SECONDS = 20
STALE_SECONDS = 180
"""Without a heartbeat for this long, a run counts as gone whatever has become of its process."""

END_SECONDS = 3
"""How long the end of a run waits for a beat under way; one that hangs, as the database does, ends with the process."""

ATTEMPTS = 5
"""How often to look again when others take and free the lock in between."""

logger = logging.getLogger("nightcast")


def acquire(connection: Connection, product: Product, run_id: str, process: Process, now: datetime.datetime) -> None:
    """Take the product's lock inside the caller's transaction.

    Raises:
        LockHeldError: if a live run holds it; names the holder.
    """
    mine = _columns(run_id, process, now)
    for _ in range(ATTEMPTS):
        try:  # first the leap, then the look: MySQL locks the place of a row that it looked for and did not find
            with connection.begin_nested():
                connection.execute(sa.insert(product_lock).values(product=product, **mine))
            return
        except IntegrityError:
            holder = _holder(connection, product)
        if holder is not None:  # else it was given back in between
            _refuse_live(holder, product, now)
            connection.execute(sa.update(product_lock).where(product_lock.c.product == product).values(**mine))
            return
    raise LockHeldError(f"Another {product} run has just begun.", "Wait for it to end.")


def _refuse_live(holder: Row[tuple[object, ...]], product: Product, now: datetime.datetime) -> None:
    if not _is_stale(holder, now):
        raise LockHeldError(
            f"Another {product} run is under way: run {holder.run_id}, process {holder.pid} on {holder.host}, "
            f"last heard of {(now - holder.heartbeat_at).total_seconds():.0f} s ago.",
            f"Wait for it to end. A run that died frees the lock at once on its own host, and after "
            f"{STALE_SECONDS} s without a heartbeat elsewhere.",
        )


def release(connection: Connection, run_id: str) -> None:
    """Give the lock back, if this run still holds it."""
    connection.execute(sa.delete(product_lock).where(product_lock.c.run_id == run_id))


def _columns(run_id: str, process: Process, now: datetime.datetime) -> dict[str, object]:
    return {
        "run_id": run_id,
        "host": process.host,
        "pid": process.pid,
        "process_started_at": process.started_at,
        "heartbeat_at": now,
    }


def _holder(connection: Connection, product: Product) -> Row[tuple[object, ...]] | None:
    query = sa.select(product_lock).where(product_lock.c.product == product)
    return connection.execute(query.with_for_update()).one_or_none()


def _is_stale(holder: Row[tuple[object, ...]], now: datetime.datetime) -> bool:
    if Process(holder.host, holder.pid, holder.process_started_at).is_gone():
        return True
    return bool((now - holder.heartbeat_at).total_seconds() > STALE_SECONDS)


class Heartbeat:
    """Keeps a run's heartbeat fresh from a thread of its own, as long as the ``with`` block lasts."""

    def __init__(self, database: Database, run_id: str, seconds: float = HEARTBEAT_SECONDS) -> None:
        self._database = database
        self._run_id = run_id
        self._seconds = seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat_until_ended, name="nightcast-heartbeat", daemon=True)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join(END_SECONDS)

    def _beat_until_ended(self) -> None:
        while not self._ended.wait(self._seconds):
            try:
                beat(self._database, self._run_id)
            except NightcastError as error:  # the next beat, or the next batch, will tell whether it lasts
                logger.warning("The heartbeat of run %s was missed: %s", self._run_id, error.reason)


def beat(database: Database, run_id: str) -> None:
    """Write the run's heartbeat once."""
    now = datetime.datetime.now(datetime.UTC)
    with database.write() as connection:
        for table in (product_lock, forecast_run):
            connection.execute(sa.update(table).where(table.c.run_id == run_id).values(heartbeat_at=now))
