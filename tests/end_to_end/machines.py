"""Processes that share a night: all fork from one that has imported what takes seconds, and are killed for good."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import psutil
import sqlalchemy as sa

from benchmarks.faults.forking import Forked, Forking
from tests.end_to_end.conftest import Project

HANGS_AFTER = 120.0
"""Seconds after which a process counts as hanging; none of them takes more than a few."""

GATE = 7
"""The advisory lock that holds readers of visits up."""


class Output(NamedTuple):
    """What a command has written in this process."""

    out: str
    err: str


@dataclass(frozen=True)
class Machine:
    """A process, which stands for a machine."""

    process: Forked
    log: Path

    @property
    def pid(self) -> int:
        """Its number."""
        return self.process.pid

    @property
    def code(self) -> int | None:
        """Its exit code, once it is known that it has ended."""
        return self.process.returncode

    @property
    def output(self) -> str:
        """What it has written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    @property
    def children(self) -> list[psutil.Process]:
        """The processes that it has started."""
        return psutil.Process(self.pid).children(recursive=True)

    def has_ended(self) -> bool:
        """Whether it has ended, with `code`."""
        return self.process.poll() is not None

    def wait(self) -> int:
        """Wait for its end; its exit code."""
        wait_until(self.has_ended, lambda: self.output)
        assert self.code is not None
        return self.code

    def signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it, and wait for its end."""
        if not self.has_ended():
            self.signal(signal.SIGKILL)
            self.wait()


class Machines:
    """All processes of a test, which work on one project."""

    def __init__(self, forking: Forking, project: Project) -> None:
        self._forking = forking
        self._project = project
        self._started: list[Machine] = []

    def start(self, script: str, folder: Path | None = None) -> Machine:
        """Start a process that runs a script."""
        log = self._project.folder / f"machine-{len(self._started)}.log"
        process = self._forking.start_script(script, folder or self._project.folder, dict(os.environ), log)
        self._started.append(Machine(process, log))
        return self._started[-1]

    def nightcast(self, *arguments: str, folder: Path | None = None) -> Machine:
        """Start a command."""
        return self.start(f"raise SystemExit(run_command_line({list(arguments)!r}))", folder)

    def scheduler(self) -> tuple[Machine, str]:
        """Start a Dask scheduler; it and its address."""
        file = self._project.folder / "scheduler.json"
        options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
        scheduler = self.start(f"dask_scheduler.main({options!r})")
        wait_until(lambda: file.exists() and _address(file) != "", lambda: scheduler.output)
        return scheduler, _address(file)

    def dask_worker(self, address: str, folder: Path | None = None) -> Machine:
        """Start a Dask worker."""
        options = [address, "--no-nanny", "--nthreads", "1", "--no-dashboard", "--local-directory", "dask"]
        return self.start(f"dask_worker.main({options!r})", folder)

    def close(self) -> None:
        """Kill those that are left."""
        for machine in self._started:
            machine.kill()


def _address(file: Path) -> str:
    text = file.read_text(encoding="utf-8")
    return str(json.loads(text)["address"]) if text.endswith("}") else ""


def wait_until(happened: Callable[[], bool], said: Callable[[], str] = lambda: "") -> None:
    """Wait until something has happened; fails with what was said if it does not."""
    deadline = time.monotonic() + HANGS_AFTER
    while not happened():
        assert time.monotonic() < deadline, said()
        time.sleep(0.02)


class Gate:
    """Holds every reader of visits up once some shards of a run are done; on PostgreSQL."""

    def __init__(self, project: Project, connection: sa.Connection) -> None:
        self._project = project
        self._connection = connection

    def close(self, passes: int = 0) -> None:
        """Let nobody read when this number of shards of the run under way is done."""
        self._do(f"UPDATE public.gate SET passes = {passes}")
        self._do(f"SELECT pg_advisory_lock({GATE})")

    def open(self) -> None:
        """Let everybody read."""
        self._do("SELECT pg_advisory_unlock_all()")

    def wait_for(self, waiting: int) -> None:
        """Wait until so many stand before it, or more."""
        query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        query += " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        wait_until(lambda: self._connection.exec_driver_sql(query).scalar_one() >= waiting)

    def _do(self, statement: str) -> None:
        self._connection.exec_driver_sql(statement)


GATE_SQL = f"""
DROP TABLE IF EXISTS public.gate;
CREATE TABLE public.gate AS SELECT 0 AS passes;
CREATE OR REPLACE FUNCTION public.pass_gate() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE shards integer; done integer;
BEGIN
  SELECT count(*), count(*) FILTER (WHERE s.status = 'done') INTO shards, done
  FROM nightcast.run_shard AS s INNER JOIN nightcast.forecast_run AS r USING (run_id) WHERE r.status = 'running';
  IF shards > 0 AND done >= (SELECT passes FROM public.gate) THEN
    PERFORM pg_advisory_xact_lock_shared({GATE});
  END IF;
  RETURN 1;
END $$
"""
GATED = "WITH g AS MATERIALIZED (SELECT public.pass_gate()) SELECT v.* FROM public.visits AS v CROSS JOIN g"
"""Visits, once the gate has been passed: once in a statement, and only where the run under way has shards."""


@contextmanager
def gate_of(project: Project) -> Iterator[Gate]:
    """A gate before the visits of a project."""
    engine = project.engine.execution_options(isolation_level="AUTOCOMMIT")
    with ExitStack() as stack:
        connection = stack.enter_context(engine.connect())
        connection.exec_driver_sql(GATE_SQL)
        gate = Gate(project, connection)
        stack.callback(gate.open)
        yield gate
