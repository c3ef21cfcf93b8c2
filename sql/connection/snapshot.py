"""One state of a database for several statements, whatever others write in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from nightcast.errors import UnavailableError, first_line
from sql.connection.adbc import connect_adbc
from sql.engine import Database


@dataclass(frozen=True)
class Snapshot:
    """A transaction in which all statements see the same rows.

    Attributes:
        dialect: the kind of the database.
        connection: of ADBC on PostgreSQL, of SQLAlchemy elsewhere.
    """

    dialect: str
    connection: Any

    def fetch(self, statement: str) -> list[Any]:
        """The columns of a statement's rows, as Arrow arrays, on PostgreSQL."""
        with closing(self.connection.cursor()) as cursor:
            cursor.execute(statement)
            columns: list[Any] = cursor.fetch_arrow_table().columns
            return columns


@contextmanager
def open_snapshot(database: Database) -> Iterator[Snapshot]:
    """A snapshot for the duration of the block.

    Raises:
        UnavailableError: if the database cannot be reached, or the connection is lost.
    """
    if database.dialect == "postgresql":
        with _on_postgresql(database) as connection:
            yield Snapshot(database.dialect, connection)
        return
    with database.read() as connection:
        if database.dialect in ("mysql", "mariadb"):
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        yield Snapshot(database.dialect, connection)


@contextmanager
def _on_postgresql(database: Database) -> Iterator[Any]:
    import adbc_driver_manager.dbapi as manager

    try:
        with closing(connect_adbc(database)) as connection:
            with closing(connection.cursor()) as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield connection
    except (manager.Error, OSError) as error:
        raise UnavailableError(
            f"Reading from {database.name} failed: {database.without_password(first_line(error))}.",
            "Check that the database is running and that its user may read the source, and try again.",
        ) from None
