"""`nightcast migrate` while readers query the views, on PostgreSQL, where both take locks on them."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from benchmarks.console_script import reader
from benchmarks.faults.cases import FaultResult
from benchmarks.faults.checks import leftover_problems, view_problems
from benchmarks.faults.shop import Shop
from sql.views.definitions import VIEWS

READERS = 4
ROUNDS = 4
VIEWS_AT_ONCE = 3

ANOTHER_REVISION = "UPDATE nightcast.nightcast_schema_version SET views_sha256 = NULL"
"""Makes the next `migrate` create every view again."""


@dataclass
class Readings:
    """What all readers together have seen.

    Attributes:
        transactions: number of transactions that read views.
        errors: the errors of those that failed.
    """

    transactions: int = 0
    errors: list[str] = field(default_factory=list)


def beside_readers(shop: Shop) -> FaultResult:
    """`migrate` runs again and again, with nothing to do and with every view to create, while readers read."""
    problems = []
    with _reading(shop) as readings:
        for _ in range(ROUNDS):
            for statements in ((), (ANOTHER_REVISION,)):
                shop.execute(*statements)
                answer = shop.command("migrate")
                if answer.code != 0:
                    problems.append(f"exit code {answer.code}: {answer.output[-300:]}")
    problems += [f"{len(readings.errors)} readers failed: {error}" for error in readings.errors[:1]]
    what = f"{2 * ROUNDS} migrations and {readings.transactions:,} transactions of readers without an error"
    return FaultResult(what, problems + view_problems(shop, [shop.last]) + leftover_problems(shop))


@contextlib.contextmanager
def _reading(shop: Shop) -> Iterator[Readings]:
    readings, is_over, lock = Readings(), threading.Event(), threading.Lock()

    def read(seed: int) -> None:
        drawn = random.Random(seed)  # noqa: S311 not a secret
        while not is_over.is_set():
            error = _error_of_reading(shop, drawn.sample(sorted(VIEWS), VIEWS_AT_ONCE))
            with lock:
                readings.transactions += 1
                readings.errors += [error] if error else []

    readers = [threading.Thread(target=read, args=(seed,)) for seed in range(READERS)]
    for one in readers:
        one.start()
    try:
        yield readings
    finally:
        is_over.set()
        for one in readers:
            one.join()


def _error_of_reading(shop: Shop, views: list[str]) -> str:
    """Read views in one transaction, as a report does; returns its error."""
    try:
        with reader(shop.url).connect() as connection:
            for view in views:
                connection.execute(sa.text(f"SELECT count(*) FROM {view}"))  # noqa: S608 our own
    except DBAPIError as error:
        return str(error.orig)
    return ""
