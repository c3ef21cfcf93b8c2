"""A database opened for reading alone: nothing is written, so no right to write is needed."""

from __future__ import annotations

import sqlite3
from functools import cache, cached_property
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from sql.engine import BUSY_SECONDS, Database
from sql.tables import SCHEMA


class ReadOnlyDatabase(Database):
    """A database that can only be read from, even where its file or folder may not be written to."""

    @cached_property
    def engine(self) -> Engine:
        """The SQLAlchemy engine, on which the database refuses to write."""
        if self.file is None or str(self.file).startswith("file:"):
            engine = super().engine.execution_options(postgresql_readonly=True)
            if self.dialect in ("mysql", "mariadb"):
                sa.event.listen(engine, "begin", _begin_reading)
            return engine
        return _file_engine(self.file.absolute()).execution_options(schema_translate_map={SCHEMA: None})

    def write(self) -> NoReturn:
        """Always an error of the program."""
        raise RuntimeError("the database was opened for reading")


def read_only(database: Database) -> ReadOnlyDatabase:
    """The same database, for reading."""
    return ReadOnlyDatabase(database.url, database.schema)


def _begin_reading(connection: Connection) -> None:
    connection.exec_driver_sql("SET TRANSACTION READ ONLY")  # of the one that the next statement begins


@cache
def _file_engine(path: Path) -> Engine:
    engine = sa.create_engine("sqlite://", creator=lambda: _connect(path), poolclass=sa.QueuePool, hide_parameters=True)

    @sa.event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")  # several statements see the same state

    return engine


def _connect(path: Path) -> sqlite3.Connection:
    """A connection that neither creates nor changes a file."""
    address = f"file:{quote(str(path))}?mode=ro"
    connection = _opened(address)
    try:
        connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()
    except sqlite3.OperationalError:
        connection.close()
        if _has_log(path):
            raise
        # Beside a file of which nothing is under way, and in a folder where no log can be created, none is needed.
        return _opened(f"{address}&immutable=1")
    return connection


def _opened(address: str) -> sqlite3.Connection:
    return sqlite3.connect(address, BUSY_SECONDS, isolation_level=None, check_same_thread=False, uri=True)


def _has_log(path: Path) -> bool:
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0
