"""Processes of `nightcast` that fork from one which has imported what takes seconds, for benchmarks and tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

FORKING = """
import json, os, sys

import distributed
from distributed.cli import dask_scheduler, dask_worker
import flows.commands.nights.run, flows.commands.nights.work
import flows.night.product_night, flows.night.whole_night, flows.workers.dask, flows.workers.work
import models.next_visit.recipes.pareto_nbd, tasks.sharing.worker
from flows.command_line import run_command_line

def start(script, folder, variables, log):
    child = os.fork()
    if child:
        return child
    for stream in (1, 2):
        os.dup2(os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600), stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    code = 1
    try:
        exec(script, globals())
        code = 0
    except SystemExit as leaving:
        code = leaving.code or 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)

def end_of(child):
    ended, status = os.waitpid(child, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None

for line in sys.stdin:
    name, *arguments = json.loads(line)
    print(json.dumps({"start": start, "end_of": end_of}[name](*arguments)), flush=True)
"""
LOOK_SECONDS = 0.02


class Forking:
    """The process from which others fork, during the ``with`` block."""

    def __enter__(self) -> Forking:
        self._process = subprocess.Popen(
            [sys.executable, "-c", FORKING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def start(self, arguments: Sequence[str], folder: Path, environment: dict[str, str], log: Path) -> Forked:
        """Start a command, whose output goes to a file."""
        return self.start_script(f"raise SystemExit(run_command_line({[*arguments]!r}))", folder, environment, log)

    def start_script(self, script: str, folder: Path, environment: dict[str, str], log: Path) -> Forked:
        """Start a script, whose output goes to a file."""
        return Forked(self, int(self._ask("start", script, str(folder), environment, str(log)) or 0))

    def end_of(self, pid: int) -> int | None:
        """The exit code of a process that it has started; None while it runs."""
        return self._ask("end_of", pid)

    def _ask(self, *request: object) -> int | None:
        assert self._process.stdin  # noqa: S101 for the type checker
        assert self._process.stdout  # noqa: S101 the same
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer: int | None = json.loads(self._process.stdout.readline())
        return answer


class Forked:
    """A process that another one has started, as `subprocess.Popen` shows its own."""

    def __init__(self, forking: Forking, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._forking = forking

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        if self.returncode is None:
            self.returncode = self._forking.end_of(self.pid)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end.

        Raises:
            subprocess.TimeoutExpired: if it takes longer.
        """
        deadline = time.monotonic() + (float("inf") if timeout is None else timeout)
        while (code := self.poll()) is None:
            if time.monotonic() >= deadline:
                raise subprocess.TimeoutExpired("nightcast", timeout or 0.0)
            time.sleep(LOOK_SECONDS)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)
