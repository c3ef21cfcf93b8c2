"""One at a time: who holds the lock, when it is free, and what happens when two reach for it at once."""

from __future__ import annotations

import datetime
import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nightcast.errors import LockHeldError, UnavailableError
from nightcast.process import Process, start_of
from nightcast.values import Product
from sql.engine import Database
from sql.ledger import lock
from sql.ledger import runs as ledger
from sql.tables import forecast_run, product_lock

NOW = datetime.datetime(2024, 6, 1, 12, 0, tzinfo=datetime.UTC)
UPTIME = 5000.0
ME = Process.current()


ELSEWHERE = Process("elsewhere", ME.pid_space, 2**22 + 1, 0.0)


def acquire(
    database: Database, run_id: str, process: Process, after: float = 0, product: Product = Product.SALES
) -> None:
    """Take the lock, some seconds later by all clocks."""
    now, uptime = NOW + datetime.timedelta(seconds=after), UPTIME + after
    with pytest.MonkeyPatch.context() as patch, database.write() as connection:
        patch.setattr(lock, "clock", lambda _connection: now)
        patch.setattr(lock, "monotonic", lambda: uptime)
        lock.acquire(connection, product, run_id, process)


def holders(database: Database) -> list[Any]:
    with database.read() as connection:
        return list(connection.execute(sa.select(product_lock)).all())


def spawn(script: str = "import time; time.sleep(60)") -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", script])


def test_a_live_holder_refuses_and_is_named(database: Database) -> None:
    acquire(database, "first", ME)
    with pytest.raises(LockHeldError) as caught:
        acquire(database, "second", ME, after=42)
    assert caught.value.exit_code == 1
    for word in ("sales", "first", str(os.getpid()), socket.gethostname(), "42 s ago"):
        assert word in caught.value.reason
    assert [holder.run_id for holder in holders(database)] == ["first"]


def test_each_product_has_a_lock_of_its_own(database: Database) -> None:
    acquire(database, "first", ME)
    acquire(database, "second", ME, product=Product.NEXT_VISIT)
    assert len(holders(database)) == 2


def test_a_released_lock_is_free_and_only_the_holder_can_release_it(database: Database) -> None:
    acquire(database, "first", ME)
    with database.write() as connection:
        lock.release(connection, "second")
    assert len(holders(database)) == 1
    with database.write() as connection:
        lock.release(connection, "first")
    acquire(database, "second", ME)
    (holder,) = holders(database)
    assert (holder.run_id, holder.pid, holder.host) == ("second", ME.pid, ME.host)


def test_a_dead_process_of_this_host_frees_the_lock_at_once(database: Database) -> None:
    child = spawn()
    try:
        theirs = replace(ME, pid=child.pid, started_at=start_of(child.pid) or 0)
        acquire(database, "first", theirs)
        with pytest.raises(LockHeldError, match=str(child.pid)):
            acquire(database, "second", ME)
    finally:
        child.kill()
    for _ in range(200):  # a zombie, until somebody waits for it, is as dead as it will be
        if theirs.is_gone():
            break
        time.sleep(0.01)
    acquire(database, "second", ME)
    child.wait()
    assert [holder.run_id for holder in holders(database)] == ["second"]


def test_a_later_process_with_the_same_number_does_not_hold_it(database: Database) -> None:
    acquire(database, "first", replace(ME, started_at=ME.started_at - 3600))
    acquire(database, "second", ME)
    assert [holder.run_id for holder in holders(database)] == ["second"]


def test_another_host_is_believed_as_long_as_its_heart_beats(database: Database) -> None:
    acquire(database, "first", ELSEWHERE)
    with pytest.raises(LockHeldError, match="elsewhere"):
        acquire(database, "second", ME, after=lock.STALE_SECONDS)
    acquire(database, "second", ME, after=lock.STALE_SECONDS + 1)
    assert [holder.run_id for holder in holders(database)] == ["second"]


@pytest.mark.parametrize(
    "there", [None, "another boot pid:[4026531836]", f"{ME.pid_space} another", "9df89a58 pid:[4026531837]"]
)
def test_a_process_in_another_container_with_this_host_name_is_believed_too(
    database: Database, there: str | None
) -> None:
    acquire(database, "first", replace(ME, pid_space=there, pid=2**22 + 1))
    with pytest.raises(LockHeldError):
        acquire(database, "second", ME, after=lock.STALE_SECONDS)
    acquire(database, "second", ME, after=lock.STALE_SECONDS + 1)


def test_a_process_here_is_silent_by_the_clock_that_nobody_sets(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    acquire(database, "first", ME)
    for step in (datetime.timedelta(hours=1), datetime.timedelta(days=-1), datetime.timedelta(days=4000)):
        monkeypatch.setattr(sys.modules[__name__], "NOW", NOW + step)
        with pytest.raises(LockHeldError, match="10 s ago"):
            acquire(database, "second", ME, after=10)
    acquire(database, "second", ME, after=lock.STALE_SECONDS + 1)  # it hangs


def test_a_lock_of_an_earlier_version_is_free_after_its_silence(database: Database) -> None:
    acquire(database, "first", ME)
    with database.write() as connection:
        connection.execute(
            sa.update(product_lock).values(pid_space=None, heartbeat_uptime=None, process_started_at=9.5)
        )
    with pytest.raises(LockHeldError):
        acquire(database, "second", ME, after=lock.STALE_SECONDS)
    acquire(database, "second", ME, after=lock.STALE_SECONDS + 1)


def test_heartbeats_are_by_the_clock_of_the_database(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    class Fast(datetime.datetime):
        """A machine whose clock is four minutes ahead of all others."""

        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Fast:
            return cls.fromtimestamp(time.time() + 240, tz)

    before = datetime.datetime.now(datetime.UTC)
    for module in (lock, ledger):
        monkeypatch.setattr(module.datetime, "datetime", Fast)
    run = ledger.begin(database, Product.SALES, NOW.date(), trigger="test", flow_run_id=None, settings={})
    lock.beat(database, run.run_id)
    late = 300 if database.dialect == "sqlite" else 60
    assert all(-60 < (at - before).total_seconds() < late for at in beats(database, run.run_id))
    assert lock.silent_runs(database) == []


@pytest.mark.parametrize("held_by_a_dead_run", [False, True])
def test_of_many_that_reach_at_once_exactly_one_wins(database: Database, held_by_a_dead_run: bool) -> None:
    if held_by_a_dead_run:
        acquire(database, "dead", replace(ME, pid=2**22 + 1))
    start, results = threading.Barrier(4), []

    def reach(run_id: str) -> None:
        start.wait()
        try:
            with database.write() as connection:
                lock.acquire(connection, Product.SALES, run_id, ME)
            results.append(run_id)
        except LockHeldError:
            results.append("")

    threads = [threading.Thread(target=reach, args=(f"run {number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    (winner,) = filter(None, results)
    assert [holder.run_id for holder in holders(database)] == [winner]


@pytest.mark.parametrize("is_given_back", [False, True])
def test_a_lock_taken_between_look_and_leap(
    database: Database, monkeypatch: pytest.MonkeyPatch, is_given_back: bool
) -> None:
    acquire(database, "first", ME)
    looks, look = iter(range(9)), lock._holder

    def blind_at_first(connection: sa.Connection, product: Product) -> Any:
        if next(looks) == 0:
            return None
        if is_given_back:
            lock.release(connection, "first")
        return look(connection, product)

    monkeypatch.setattr(lock, "_holder", blind_at_first)
    if is_given_back:
        acquire(database, "second", ME)
    else:
        with pytest.raises(LockHeldError, match="first"):
            acquire(database, "second", ME)
    assert [holder.run_id for holder in holders(database)] == ["second" if is_given_back else "first"]


PROCESS = """
import sys, time
from pydantic import SecretStr
from nightcast.errors import LockHeldError
from nightcast.values import Product
from sql.ledger import runs as ledger
from sql.engine import open_database
from sql.settings import DatabaseSettings
import datetime
database = open_database(DatabaseSettings(url=SecretStr(sys.argv[1])))
with database.read():
    pass
print("ready", flush=True)
sys.stdin.readline()
try:
    day = datetime.date(2024, 1, 1)
    ledger.begin(database, Product.SALES, day, trigger="test", flow_run_id=None, settings={})
    print("won", flush=True)
except LockHeldError:
    print("lost", flush=True)
sys.stdin.readline()
"""


def test_of_two_processes_exactly_one_begins(database: Database) -> None:
    url = database.url.render_as_string(hide_password=False)
    here = str(Path(lock.__file__).parents[2])
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    environment = os.environ | {"PYTHONPATH": here}
    children: list[Any] = [
        subprocess.Popen([sys.executable, "-c", PROCESS, url], env=environment, **pipes) for _ in range(2)
    ]
    try:
        answers = []
        for child in children:
            assert child.stdout.readline() == "ready\n"
        for child in children:
            child.stdin.write("go\n")
            child.stdin.flush()
        answers = [child.stdout.readline().strip() for child in children]
    finally:
        for child in children:
            child.communicate()
    assert sorted(answers) == ["lost", "won"]
    with database.read() as connection:
        assert connection.execute(sa.select(forecast_run.c.status)).scalars().all() == ["running"]
    winner = children[answers.index("won")]
    assert holders(database)[0].pid == winner.pid
    acquire(database, "next", ME)  # the winner was killed


def beats(database: Database, run_id: str) -> list[datetime.datetime]:
    with database.read() as connection:
        return [
            connection.execute(sa.select(table.c.heartbeat_at).where(table.c.run_id == run_id)).scalar_one()
            for table in (product_lock, forecast_run)
        ]


def test_a_heart_beats_in_the_lock_and_in_the_ledger(database: Database) -> None:
    day = datetime.date(2024, 1, 1)
    run = ledger.begin(database, Product.SALES, day, trigger="test", flow_run_id=None, settings={})
    first = beats(database, run.run_id)
    with lock.Heartbeat(database, run.run_id, seconds=0.02):
        for _ in range(250):
            if all(now > then for now, then in zip(beats(database, run.run_id), first, strict=True)):
                break
            time.sleep(0.02)
        else:
            pytest.fail("no heartbeat within five seconds")
    stopped = beats(database, run.run_id)
    time.sleep(0.1)
    assert beats(database, run.run_id) == stopped


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_missed_heartbeat_is_told_and_the_next_one_tried(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries = threading.Semaphore(0)

    def fail(_database: Database, _run_id: str) -> None:
        tries.release()
        raise UnavailableError("The database is away.")

    monkeypatch.setattr(lock, "beat", fail)
    with lock.Heartbeat(database, "r", seconds=0.01):
        assert tries.acquire(timeout=5)
        assert tries.acquire(timeout=5)
    assert any("run r" in message and "The database is away." in message for message in caplog.messages)
