"""Nights as a user runs them, each in a process of its own, with its seconds and its memory."""

from __future__ import annotations

import contextlib
import datetime
import json
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa
from sqlalchemy.engine import URL

from benchmarks import console_script
from benchmarks.console_script import CommandError
from benchmarks.scale.shop import AS_OF

SAMPLE_SECONDS = 0.2
LOG = "command.log"
GIB = 2**30
LAST_RUN = """
SELECT run_id, published_at, stage_seconds, model_version, retrained, subjects, rows_written, served
FROM forecast_run WHERE product = :product ORDER BY started_at DESC LIMIT 1
"""
IN_FULL = '[next_visit]\nincremental = "never"\n'
LOADED = f'{IN_FULL}recipes = ["hazard_lstm"]\n[next_visit.network]\nepochs = 1\n'
"""A loaded night reads everything, and serves the network, whatever would win on a generated shop.

How well the network has learned costs nothing.
"""

TWO_WORKERS = '[run]\nengine = "dask"\nshards = 4\n'
"""A worker for each core; on this machine that is meant to be two."""


@dataclass(frozen=True)
class MeasuredNight:
    """A night that published.

    Attributes:
        published: seconds from the start of the process until readers see the forecast.
        process: seconds of the whole process.
        processor: seconds of a processor that its processes used; other work on the machine hardly changes them.
        gib: peak memory of all its processes together; what they share counts once.
        stages: seconds of each stage, from the ledger.
        subjects: customers or series with a forecast.
        retrained: whether it trained.
        noun: what the subjects are.
    """

    published: float
    process: float
    processor: float
    gib: float
    stages: dict[str, float]
    subjects: int
    retrained: bool
    noun: str = "customers"

    def __str__(self) -> str:
        stages = ", ".join(f"{name} {seconds:.1f}" for name, seconds in self.stages.items())
        kind = "trained" if self.retrained else "loaded"
        seconds = (
            f"published after {self.published:.1f} s, process {self.process:.1f} s, processor {self.processor:.1f} s"
        )
        return f"{self.subjects:,} {self.noun}, {kind}: {seconds}, {self.gib:.2f} GiB; {stages}"


@dataclass(frozen=True)
class Project:
    """A folder with settings, beside a database with tables of visits, or of what another product reads.

    Attributes:
        folder: where the settings are.
        url: the database.
        product: the product to forecast.
        source: the name of its source.
        first: the day after the newest row.
    """

    folder: Path
    url: URL
    product: str = "next_visit"
    source: str = "visits"
    first: datetime.date = AS_OF

    def create(self) -> None:
        """Create Nightcast's tables."""
        self.folder.mkdir(exist_ok=True)
        console_script.run(["init"], self.folder, self._environment)

    def night(self, table: str, days: int, *options: str, settings: str = LOADED) -> MeasuredNight:
        """One night on a table, its as-of so many days after the day that follows the newest row.

        Args:
            table: the table of the source.
            days: the number of days.
            options: further options of the command.
            settings: further sections of the settings.

        Raises:
            CommandError: if the night fails.
        """
        source = f'[source.{self.source}]\ntable = "{table}"\n'
        (self.folder / "nightcast.toml").write_text(source + settings, encoding="utf-8")
        as_of = str(self.first + datetime.timedelta(days=days))
        return self.run(["run", "--product", self.product, "--as-of", as_of, *options])

    def run(self, arguments: Sequence[str]) -> MeasuredNight:
        """Run a command that publishes a forecast."""
        begin, used = datetime.datetime.now(datetime.UTC), _processor_seconds()
        gib = watched(arguments, self.folder, self._environment)
        end = datetime.datetime.now(datetime.UTC)
        with console_script.reader(self.url).connect() as connection:
            row = connection.execute(sa.text(LAST_RUN), {"product": self.product}).mappings().one()
        if row["published_at"] is None:
            raise CommandError(f"nightcast {' '.join(arguments)} published nothing")
        stages = row["stage_seconds"]
        return MeasuredNight(
            (_utc(row["published_at"]) - begin).total_seconds(),
            (end - begin).total_seconds(),
            _processor_seconds() - used,
            gib,
            json.loads(stages) if isinstance(stages, str) else dict(stages),
            int(row["subjects"]),
            bool(row["retrained"]),
            "customers" if self.product == "next_visit" else "series",
        )

    @property
    def said(self) -> str:
        """What the last command wrote to its terminal."""
        return (self.folder / LOG).read_text(encoding="utf-8", errors="replace")

    @property
    def _environment(self) -> dict[str, str]:
        return console_script.environment(self.folder, self.url)


def watched(arguments: Sequence[str], folder: Path, environment: dict[str, str]) -> float:
    """Run a command; returns the peak memory of its processes together, in GiB.

    Raises:
        CommandError: if its exit code is not 0; with the end of what it wrote to stderr.
    """
    log = folder / LOG
    with log.open("wb") as output:
        process = subprocess.Popen(
            [console_script.console_script(), *arguments], cwd=folder, env=environment, stdout=output, stderr=output
        )
        with _peak_of(process.pid) as peak:
            process.wait()
    if process.returncode != 0:
        end = log.read_text(encoding="utf-8", errors="replace")[-4000:]
        raise CommandError(f"nightcast {' '.join(arguments)}: exit code {process.returncode}\n{end}")
    return peak[0] / GIB


@contextlib.contextmanager
def _peak_of(pid: int) -> Iterator[list[float]]:
    """The largest memory of a process and its children in bytes, sampled until the end of the block."""
    peak, is_over = [0.0], threading.Event()

    def sample() -> None:
        while not is_over.wait(SAMPLE_SECONDS):
            peak[0] = max(peak[0], _memory(pid))

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        yield peak
    finally:
        is_over.set()
        sampler.join()


def _processor_seconds() -> float:
    """Seconds of a processor that the processes have used that this one has started and waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _memory(pid: int) -> float:
    """Bytes of a process and its children; shared pages count in parts where the system tells them apart."""
    total = 0.0
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        for process in [root, *root.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                memory: Any = process.memory_full_info() if sys.platform == "linux" else process.memory_info()
                total += getattr(memory, "pss", memory.rss)
    return total


def _utc(moment: datetime.datetime | str) -> datetime.datetime:
    """A moment of the ledger, in UTC: SQLite gives text, other databases naive moments or aware ones."""
    parsed = datetime.datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return parsed.replace(tzinfo=datetime.UTC) if parsed.tzinfo is None else parsed.astimezone(datetime.UTC)
