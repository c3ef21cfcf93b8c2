"""Faults of the databases themselves: PostgreSQL goes away and comes back, SQLite is locked by another writer."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from benchmarks.faults.cases import FaultResult, published_or_failed
from benchmarks.faults.services import PostgresServer
from benchmarks.faults.shop import Shop
from benchmarks.faults.slowness import Moment, slow_publication, slow_reading, slow_writing

AWAY_SECONDS = 3
LONG_SECONDS = 60
"""Longer than all retries of a step."""

Slowness = Callable[[Shop], AbstractContextManager[Moment]]
Fault = Callable[[Shop, PostgresServer], None]

MOMENTS: dict[str, Slowness] = {"reading": slow_reading, "writing": slow_writing, "publishing": slow_publication}


def cut_connections(shop: Shop, _server: PostgresServer) -> None:
    """End every connection of the night."""
    shop.select("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")


def restart(_shop: Shop, server: PostgresServer) -> None:
    """Stop the server at once, and start it again a little later."""
    server.stop()
    time.sleep(AWAY_SECONDS)
    server.start()


def lost(shop: Shop, server: PostgresServer, slowness: Slowness, fault: Fault) -> FaultResult:
    """PostgreSQL fails at one moment of a night, and comes back."""
    as_of = shop.next_as_of()
    with slowness(shop) as is_there:
        night = shop.start(as_of, "--retrain", "never")
        reached = night.wait_until(is_there)
        if reached:
            fault(shop, server)
        answer = night.wait()
    result = published_or_failed(shop, answer, as_of)
    problem = f"the night ended first: {answer.output[-300:]}"
    return result if reached else FaultResult("the moment was missed", [problem])


def away_for_long(shop: Shop, server: PostgresServer) -> FaultResult:
    """PostgreSQL stops in the middle of writing, and is not started again until the night has ended."""
    as_of = shop.next_as_of()
    with slow_writing(shop) as is_there:
        night = shop.start(as_of, "--retrain", "never")
        reached = night.wait_until(is_there)
        server.stop()
        answer = night.wait(2 * LONG_SECONDS)
        server.start()
    result = published_or_failed(shop, answer, as_of)
    problems = [] if reached and answer.code == 3 else [f"exit code {answer.code}: {answer.output[-300:]}"]
    return FaultResult(result.what, problems + result.problems)


def locked(shop: Shop, seconds: float, *, from_the_start: bool = False) -> FaultResult:
    """Another writer locks the SQLite file, from the start of a night or after its run was opened."""
    as_of, night = shop.next_as_of(), None
    if from_the_start:
        holder = _hold(shop, seconds)
        night = shop.start(as_of, "--retrain", "never")
    else:
        night = shop.start(as_of, "--retrain", "never")
        night.wait_until(lambda: bool(shop.select("SELECT run_id FROM product_lock")))
        holder = _hold(shop, seconds)
    answer = night.wait()
    holder.join()
    return published_or_failed(shop, answer, as_of)


def _hold(shop: Shop, seconds: float) -> threading.Thread:
    """Hold the file's write lock for some time; returns once it is held."""
    is_held = threading.Event()

    def hold() -> None:
        with contextlib.closing(sqlite3.connect(str(shop.url.database), timeout=30, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            is_held.set()
            time.sleep(seconds)
            other.execute("ROLLBACK")

    holder = threading.Thread(target=hold)
    holder.start()
    is_held.wait()
    return holder
