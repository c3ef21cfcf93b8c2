"""A small shop to run nights on: a folder with quick settings, a database, and the console script."""

from __future__ import annotations

import datetime
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import URL

from benchmarks import console_script
from benchmarks.faults.forking import Forked, Forking
from sql.engine import Database, open_database
from sql.settings import DatabaseSettings, SourceSettings
from tasks.upkeep.demo_shop.shop import generate, write_shop

FIRST_NIGHT = datetime.date(2026, 1, 1)
CUSTOMERS = 100
SERIES = 8
BINS = 5
STEPS = 28
EVERYBODY = "all"
"""The only series of visit counts."""

QUICK = """
[next_visit.network]
epochs = 1
members = 1
[sales.network]
steps = 20
units = 8
"""
"""Settings with which a network trains in seconds; its accuracy does not matter here."""

NIGHT_SECONDS = 300
"""The time after which a night counts as hanging."""


@dataclass(frozen=True)
class Answer:
    """The result of a night: its exit code, its output and its duration."""

    code: int
    output: str
    seconds: float


class Shop:
    """A folder with a shop in it, on a database of its own.

    Attributes:
        last: the as-of of the night that is shown.

    Args:
        folder: the folder to create.
        url: the URL of an empty database; None for SQLite in the folder.
        services: environment variables that name the servers.
        days: number of nights that the rows last for.
        forking: starts the commands; None: each is a process of the console script.
    """

    def __init__(
        self, folder: Path, url: URL | None, services: dict[str, str], days: int, forking: Forking | None = None
    ) -> None:
        self.folder = folder
        self.url = url or URL.create("sqlite", database=str(folder / "nightcast.db"))
        self._environment = console_script.environment(folder, self.url) | services
        self._forking = forking
        self._nights = 0
        self.last = FIRST_NIGHT
        folder.mkdir()
        self.configure("")
        console_script.run(["init"], folder, self._environment)
        _fill(self.database, FIRST_NIGHT + datetime.timedelta(days=days - 1))

    @property
    def kind(self) -> str:
        """The kind of its database."""
        return self.database.dialect

    @property
    def database(self) -> Database:
        """The database that the nights work on."""
        url = self.url.render_as_string(hide_password=False)
        return open_database(DatabaseSettings.model_validate({"url": url}))

    def configure(self, more: str) -> None:
        """Write the settings: the quick ones, and others after them."""
        (self.folder / "nightcast.toml").write_text(f"{QUICK}\n{more}", encoding="utf-8")

    def next_as_of(self) -> datetime.date:
        """The as-of of one more night."""
        self._nights += 1
        return FIRST_NIGHT + datetime.timedelta(days=self._nights - 1)

    def start(self, as_of: datetime.date, *options: str, under: Sequence[str] = ()) -> Night:
        """Start a night without waiting for its end.

        Args:
            as_of: its as-of.
            options: further options of `nightcast run`.
            under: a command that runs another one, with its own options, such as `faketime`.
        """
        arguments = ["run", "--as-of", str(as_of), *options]
        return Night(arguments, self.folder, self._environment, under, self._forking)

    def run(self, as_of: datetime.date, *options: str) -> Answer:
        """Run a night to its end."""
        return self.start(as_of, *options).wait()

    def begin(self, *arguments: str) -> Night:
        """Start another command than `run` without waiting for its end."""
        return Night(arguments, self.folder, self._environment, forking=self._forking)

    def command(self, *arguments: str) -> Answer:
        """Run another command than `run` to its end."""
        return self.begin(*arguments).wait()

    def published_night(self) -> Answer:
        """Run the next night, with training; it has to succeed."""
        as_of = self.next_as_of()
        answer = self.run(as_of, "--retrain", "always")
        if answer.code != 0:
            raise console_script.CommandError(f"a night without any fault failed: {answer.output[-2000:]}")
        self.last = as_of
        return answer

    def subjects(self, source: str, subject: str, moment: str, before: str) -> set[str]:
        """The customers or series with a row before a date."""
        query = f"SELECT DISTINCT {subject} AS subject FROM {source} WHERE {moment} < '{before}'"  # noqa: S608 our own
        return {row["subject"] for row in self.select(query)} if before else set()

    def select(self, query: str) -> list[dict[str, Any]]:
        """Rows of a query that names Nightcast's tables and views without a schema."""
        with console_script.reader(self.url).connect() as connection:
            return [dict(row) for row in connection.execute(sa.text(query)).mappings()]

    def execute(self, *statements: str) -> None:
        """Change the database directly."""
        with console_script.reader(self.url).begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)


class Night:
    """A night, or another command, in a process of its own."""

    def __init__(
        self,
        arguments: Sequence[str],
        folder: Path,
        environment: dict[str, str],
        under: Sequence[str] = (),
        forking: Forking | None = None,
    ) -> None:
        self._started = time.monotonic()
        self._log = folder / f"night-{time.monotonic_ns()}.log"
        self._log.touch()
        self.process: subprocess.Popen[bytes] | Forked
        if forking is not None:
            self.process = forking.start(arguments, folder, environment, self._log)
            return
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [*under, console_script.console_script(), *arguments],
                cwd=folder,
                env=environment,
                stdout=log,
                stderr=log,
            )

    def wait(self, seconds: float = NIGHT_SECONDS) -> Answer:
        """Wait for its end; a night that hangs is killed."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        return Answer(code, self.output(), time.monotonic() - self._started)

    def output(self) -> str:
        """Its output so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def kill_after(self, seconds: float) -> bool:
        """Kill it this long after its start; False if it has ended before."""
        try:
            self.process.wait(max(0.0, seconds - (time.monotonic() - self._started)))
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            return True
        return False

    def wait_until(self, happened: Callable[[], bool], seconds: float = NIGHT_SECONDS) -> bool:
        """Wait until a condition holds; False if the night ends or the time is over before."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            if happened():
                return True
            time.sleep(0.02)
        return False


def _fill(database: Database, through: datetime.date) -> None:
    """Write the first customers and series of the generated shop, through a day."""
    shop, source = generate(through, seed=7), SourceSettings()
    customers = pc.unique(shop.visits["customer_id"]).sort()[:CUSTOMERS]
    series = pc.unique(shop.sales["series_id"]).sort()[:SERIES]
    small = replace(
        shop,
        visits=_only(shop.visits, "customer_id", customers),
        sales=_only(shop.sales, "series_id", series),
        covariates=_only(shop.covariates, "series_id", series),
    )
    write_shop(database, small, source)


def _only(rows: pa.Table, column: str, values: pa.Array) -> pa.Table:
    return rows.filter(pc.is_in(rows[column], value_set=values))
