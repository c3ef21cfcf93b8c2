"""A small shop to run nights on: a folder with quick settings, a database, and the console script."""

from __future__ import annotations

import datetime
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import URL

from benchmarks import console_script
from sql.engine import Database, open_database
from sql.settings import DatabaseSettings, SourceSettings
from tasks.upkeep.demo_shop import generate, write_shop

FIRST_NIGHT = datetime.date(2026, 1, 1)
CUSTOMERS = 100
SERIES = 8
BINS = 5
STEPS = 28

QUICK = """
[next_visit]
epochs = 1
members = 1
landmark_spacing_days = 28
[sales.network]
steps = 20
units = 8
"""
"""Settings with which a network trains in seconds; how good it is does not matter here."""

NIGHT_SECONDS = 300
"""After which a night is taken to hang."""


@dataclass(frozen=True)
class Answer:
    """What came of a night: its exit code, what it said to people, how long it took."""

    code: int
    said: str
    seconds: float


class Shop:
    """A folder with a shop in it, on a database of its own.

    Attributes:
        last: the as-of of the night that is shown.

    Args:
        folder: to be made.
        url: of the database, which may hold nothing yet; None for SQLite in the folder.
        services: what the environment says of the servers.
        days: how many nights there are rows for.
    """

    def __init__(self, folder: Path, url: URL | None, services: dict[str, str], days: int) -> None:
        self.folder = folder
        self.url = url or URL.create("sqlite", database=str(folder / "nightcast.db"))
        self._environment = console_script.environment(folder, self.url) | services
        self._nights = 0
        self.last = FIRST_NIGHT
        folder.mkdir()
        self.configure("")
        console_script.run(["init"], folder, self._environment)
        _fill(self.database, FIRST_NIGHT + datetime.timedelta(days=days - 1))

    @property
    def kind(self) -> str:
        """Which database it is on."""
        return self.database.dialect

    @property
    def database(self) -> Database:
        """The database that the nights work on."""
        url = self.url.render_as_string(hide_password=False)
        return open_database(DatabaseSettings.model_validate({"url": url}))

    def configure(self, more: str) -> None:
        """Write the settings: the quick ones, and some more."""
        (self.folder / "nightcast.toml").write_text(f"{QUICK}\n{more}", encoding="utf-8")

    def next_as_of(self) -> datetime.date:
        """The date of another night."""
        self._nights += 1
        return FIRST_NIGHT + datetime.timedelta(days=self._nights - 1)

    def start(self, as_of: datetime.date, *options: str) -> Night:
        """Start a night, which goes on by itself."""
        return Night(["run", "--as-of", str(as_of), *options], self.folder, self._environment)

    def run(self, as_of: datetime.date, *options: str) -> Answer:
        """Run a night to its end."""
        return self.start(as_of, *options).wait()

    def published_night(self) -> Answer:
        """Run the next night, with training, which has to succeed."""
        as_of = self.next_as_of()
        answer = self.run(as_of, "--retrain", "always")
        if answer.code != 0:
            raise console_script.CommandError(f"a night without any fault failed: {answer.said[-2000:]}")
        self.last = as_of
        return answer

    def subjects(self, source: str, subject: str, moment: str, before: str) -> set[str]:
        """The customers or series that a source has before a date."""
        query = f"SELECT DISTINCT {subject} AS subject FROM {source} WHERE {moment} < '{before}'"  # noqa: S608 our own
        return {row["subject"] for row in self.select(query)} if before else set()

    def select(self, query: str) -> list[dict[str, Any]]:
        """Rows of a query that finds Nightcast's tables and views by their plain names."""
        with console_script.reader(self.url).connect() as connection:
            return [dict(row) for row in connection.execute(sa.text(query)).mappings()]

    def execute(self, *statements: str) -> None:
        """Change the database behind the program's back."""
        with console_script.reader(self.url).begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)


class Night:
    """A night in a process of its own."""

    def __init__(self, arguments: Sequence[str], folder: Path, environment: dict[str, str]) -> None:
        self._started = time.monotonic()
        self._log = folder / f"night-{time.monotonic_ns()}.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [console_script.console_script(), *arguments], cwd=folder, env=environment, stdout=log, stderr=log
            )

    def wait(self, seconds: float = NIGHT_SECONDS) -> Answer:
        """Wait for its end; one that hangs is killed, and has the exit code of that."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return Answer(self.process.returncode, self.said(), time.monotonic() - self._started)

    def said(self) -> str:
        """What it has said so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def kill_after(self, seconds: float) -> bool:
        """Kill it when it is that old; False if it has ended before."""
        try:
            self.process.wait(max(0.0, seconds - (time.monotonic() - self._started)))
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            return True
        return False

    def wait_until(self, happened: Callable[[], bool], seconds: float = NIGHT_SECONDS) -> bool:
        """Wait until something has happened; False if the night ended, or the time, before it did."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            if happened():
                return True
            time.sleep(0.02)
        return False


def _fill(database: Database, through: datetime.date) -> None:
    """The first customers and series of the generated shop, open through that day."""
    shop, source = generate(through, seed=7), SourceSettings()
    customers = pc.unique(shop.visits["customer_id"]).sort()[:CUSTOMERS]
    series = pc.unique(shop.sales["series_id"]).sort()[:SERIES]
    small = type(shop)(
        visits=_only(shop.visits, "customer_id", customers),
        sales=_only(shop.sales, "series_id", series),
        covariates=_only(shop.covariates, "series_id", series),
    )
    write_shop(database, small, source)


def _only(rows: pa.Table, column: str, values: pa.Array) -> pa.Table:
    return rows.filter(pc.is_in(rows[column], value_set=values))
