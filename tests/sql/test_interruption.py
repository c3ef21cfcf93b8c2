"""A signal in the middle of a statement: it comes through as what it is, at once, and leaves no statement behind."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from sql.engine import Database
from sql.tables import product_lock


class Interruption(BaseException):
    """What a signal's handler raises, as Prefect's does on SIGTERM."""


@contextmanager
def interrupted_soon() -> Iterator[None]:
    """A signal comes to the main thread a little later, and nothing but its exception comes out."""

    def interrupt(_number: int, _frame: object) -> None:
        raise Interruption

    before = signal.signal(signal.SIGUSR1, interrupt)
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGUSR1))
    timer.start()
    try:
        with pytest.raises(Interruption):
            yield
    finally:
        timer.join()
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize("database_kind", ["postgresql"])
@pytest.mark.parametrize("writes", [False, True])
def test_an_interrupted_statement_is_cancelled(database: Database, writes: bool) -> None:
    started = time.monotonic()
    with interrupted_soon(), database.write() if writes else database.read() as connection:
        connection.exec_driver_sql("SELECT pg_sleep(60)")
    assert time.monotonic() - started < 10
    for _ in range(500):
        if not is_sleeping(database):
            break
        time.sleep(0.01)
    else:
        pytest.fail("the statement went on for five seconds")


def is_sleeping(database: Database) -> bool:
    activity = sa.table("pg_stat_activity", sa.column("state"), sa.column("query"))
    sleeping = (activity.c.state == "active") & activity.c.query.startswith("SELECT pg_sleep")
    with database.read() as connection:
        return bool(connection.execute(sa.select(sa.func.count()).select_from(activity).where(sleeping)).scalar_one())


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_an_interrupted_copy_is_cancelled(database: Database) -> None:
    with interrupted_soon(), database.write() as connection:
        cursor = connection.connection.cursor()
        with cursor, cursor.copy("COPY nightcast.visit_bin FROM STDIN") as copy:  # type: ignore[attr-defined]
            for _ in range(6000):
                time.sleep(0.01)
                copy.write("")
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM nightcast.visit_bin").scalar_one() == 0


def test_an_interrupted_transaction_leaves_nothing_and_no_lock(database: Database) -> None:
    now = sa.func.current_timestamp()
    row = {"product": "sales", "run_id": "r", "host": "h", "pid": 1, "process_started_at": 0.0, "heartbeat_at": now}
    with interrupted_soon(), database.write() as connection:
        connection.execute(sa.insert(product_lock).values(**row))
        time.sleep(60)
    with database.write() as connection:
        assert connection.execute(sa.select(product_lock.c.run_id)).all() == []


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_interrupted_statement_holds_no_lock_while_its_error_is_handled(database: Database) -> None:
    """The traceback refers to the statement; SQLite would keep the lock of a closed connection as long."""
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE numbers (number INTEGER)")
    counting = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 100000) SELECT max(x) FROM c"
    slow = f"CREATE TRIGGER slow BEFORE INSERT ON numbers BEGIN SELECT ({counting}); END"
    with database.write() as connection:
        connection.exec_driver_sql(slow)

    handled = False
    with interrupted_soon():
        try:
            with database.write() as connection:
                connection.exec_driver_sql("INSERT INTO numbers VALUES (?)", [(number,) for number in range(30)])
        except Interruption:
            started = time.monotonic()
            with database.write() as connection:
                assert connection.exec_driver_sql("SELECT count(*) FROM numbers").scalar_one() == 0
            handled = time.monotonic() - started < 5
            raise
    assert handled
