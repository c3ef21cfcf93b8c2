"""Connections: one `Database` for each URL, whose transactions turn lost connections into `UnavailableError`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from nightcast.errors import NightcastError, SettingsError, UnavailableError, UsageError, first_line
from sql.connection.failures import driver_error, is_connection_error
from sql.connection.passwords import require_clear_password, without_passwords
from sql.connection.refusals import remedy_of_refusal
from sql.connection.urls import parsed_url
from sql.hashing import SQLITE_FUNCTION, hash_of
from sql.settings import DatabaseSettings
from sql.tables import SCHEMA

BUSY_SECONDS = 30
"""How long a SQLite connection waits for a lock before it gives up."""

POSTGRESQL_CONNECTION = {
    "application_name": "nightcast",
    "connect_timeout": "10",
    # Notice within a minute that the server of a connection that idled during a training has gone.
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}
"""Connection parameters, unless the URL gives them."""

_WRITES = "nightcast_writes"

Value = TypeVar("Value")


@dataclass(frozen=True)
class Database:
    """A database that can be read from and written to.

    Attributes:
        url: where it is, including the password: show `name` instead.
        schema: the schema of our tables, None on databases without schemas.
    """

    url: URL = field(repr=False)
    schema: str | None

    @property
    def dialect(self) -> str:
        """The kind of database: ``sqlite``, ``postgresql``, ..."""
        return self.url.get_backend_name()

    @property
    def name(self) -> str:
        """The URL without password and query, for messages."""
        return self.url.set(query={}).render_as_string(hide_password=True)

    def without_password(self, message: str) -> str:
        """A driver's message without the password, which some drivers repeat."""
        return without_passwords(self.url, message)

    @cached_property
    def engine(self) -> Engine:
        """The SQLAlchemy engine; SQLite is set up for one writer and many readers."""
        return _engine(self.url, self.schema)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading, in one transaction."""
        with translated_errors(self), self.engine.begin() as connection, _dropped_if_interrupted(connection):
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection for writing, in one transaction; on SQLite it takes the write lock at the start."""
        engine = self.engine.execution_options(**{_WRITES: True})
        with translated_errors(self), engine.begin() as connection, _dropped_if_interrupted(connection):
            yield connection

    def rows(self, query: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
        """All rows of a query, in a transaction of its own."""
        with self.read() as connection:
            return connection.execute(query).all()

    def column(self, query: sa.Select[tuple[Value]]) -> list[Value]:
        """The first column of all rows of a query."""
        return [row[0] for row in self.rows(query)]

    def value(self, query: sa.Select[tuple[Value]]) -> Value | None:
        """The first column of a query's first row, if it has one."""
        return next(iter(self.column(query)), None)

    def require_file(self) -> None:
        """Check that a SQLite file exists, since connecting would create it.

        Raises:
            UsageError: if the file does not exist.
        """
        path = self.file
        if path is not None and not path.exists():
            raise UsageError(
                f"The database file {path} does not exist.",
                "Create it with `nightcast init`, or correct [database] url in the settings.",
            )

    @property
    def file(self) -> Path | None:
        """The file of a SQLite database."""
        if self.dialect != "sqlite" or not self.url.database or self.url.database == ":memory:":
            return None
        return Path(self.url.database)


def open_database(settings: DatabaseSettings) -> Database:
    """The database that the settings name; this opens no connection.

    Raises:
        SettingsError: if the URL is invalid, or needs a driver that is not installed.
    """
    text = settings.url.get_secret_value()
    try:
        url = parsed_url(text)
        if url.get_backend_name() == "postgresql" and "+" not in url.drivername:
            url = url.set(drivername="postgresql+psycopg")
        dialect = url.get_dialect()
        dialect.import_dbapi()
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        raise SettingsError(
            "[database] url cannot be used: it is not a SQLAlchemy URL, or its driver is not installed "
            f"({type(error).__name__}).",
            "Write it like sqlite:///nightcast.db or postgresql+psycopg://user:password@host/database.",
        ) from None
    require_clear_password(text, url)
    return Database(url, settings.schema_name if dialect.name == "postgresql" else None)


@cache
def _engine(url: URL, schema: str | None) -> Engine:
    engine = sa.create_engine(url, pool_pre_ping=True, hide_parameters=True, connect_args=_connect_arguments(url))
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    return engine.execution_options(schema_translate_map={SCHEMA: schema})


def _connect_arguments(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"timeout": BUSY_SECONDS}
    if url.get_backend_name() == "postgresql":
        return {name: value for name, value in POSTGRESQL_CONNECTION.items() if name not in url.query}
    return {}


@contextmanager
def _dropped_if_interrupted(connection: Connection) -> Iterator[None]:
    """Close a connection when a signal interrupts a statement.

    The driver cannot roll such a statement back: its error would hide the interruption, and a retry would continue a
    night that was asked to stop.
    """
    process = _server_process(connection)
    try:
        yield
    except (Exception, GeneratorExit):
        raise
    except BaseException:
        connection.invalidate()
        _cancel(connection.engine, process)
        raise


def _server_process(connection: Connection) -> int | None:
    """The process ID of a connection's PostgreSQL backend, None on other databases."""
    info = getattr(connection.connection.driver_connection, "info", None)
    return getattr(info, "backend_pid", None)


def _cancel(engine: Engine, process: int | None) -> None:
    """End the PostgreSQL backend, which would otherwise run the statement to its end and hold its locks."""
    if process is not None:
        with suppress(Exception), engine.connect() as other:
            other.execute(sa.select(sa.func.pg_terminate_backend(process)))


def _prepare_sqlite(engine: Engine) -> None:
    @sa.event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        # The driver's own transactions exclude DDL: with this, only our BEGIN and COMMIT count.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.create_function(SQLITE_FUNCTION, 1, hash_of, deterministic=True)

    @sa.event.listens_for(engine, "invalidate")
    def _on_invalidate(connection: Any, _record: Any, _error: BaseException | None) -> None:
        # A closed connection keeps its locks while the traceback of the interruption refers to its last statement.
        connection.rollback()

    @sa.event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        # A reader that becomes a writer fails at once if another connection has written, whatever the timeout.
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def translated_errors(database: Database) -> Iterator[None]:
    """Turn connection errors of the driver into `UnavailableError`, without the URL's password."""
    try:
        yield
    except NightcastError:
        raise
    except Exception as error:
        reason = f"{database.name} cannot be reached or used: "
        reason += f"{first_line(database.without_password(str(driver_error(error))))}."
        if remedy := remedy_of_refusal(error):
            raise UsageError(f"The database {reason}", remedy) from None
        if not is_connection_error(error):
            raise
        raise UnavailableError(
            f"The database {reason}", "Check that it is running, that the address is correct, and try again."
        ) from None
