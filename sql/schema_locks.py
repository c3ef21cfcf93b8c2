"""Locking tables and views for a change of them, without a deadlock with readers.

PostgreSQL ends one of two transactions that wait for each other, after a second (`deadlock_timeout`). A migration
therefore takes all its locks at the start, gives up before a reader has waited that long, and tries again. A statement
locks a view before those below it, a transaction may read them in any order: the attempts take both ways in turn.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from nightcast.errors import UnavailableError
from sql.engine import Database

HASTE_SECONDS = 0.6
"""How long one attempt may wait for all its locks."""

PAUSE_SECONDS = 0.5
"""Between attempts: those who waited for us go first."""

ATTEMPTS = 50

_BUSY = {"55P03", "40P01"}
"""SQLSTATEs of a lock that was not to be had, and of a deadlock."""

logger = logging.getLogger("nightcast")


class TablesInUseError(Exception):
    """Others hold locks on our tables or views."""


def until_free(database: Database, change: Callable[[bool], None]) -> None:
    """Try a change again while others use our tables.

    Args:
        database: where the tables are.
        change: called with whether to lock the views from below.

    Raises:
        UnavailableError: if they use them for too long; names the sessions.
    """
    for attempt in range(ATTEMPTS):
        try:
            change(attempt % 2 == 1)
            return
        except TablesInUseError:
            if attempt == 0:
                logger.info("The tables and views are in use; waiting until they are free.")
            time.sleep(PAUSE_SECONDS)
    raise UnavailableError(
        f"The tables and views of {database.name} are in use, by {_sessions(database) or 'short transactions'}.",
        "Wait until they have ended, or end them with pg_terminate_backend, and run this command again.",
    )


def execute_in_haste(connection: Connection, statements: Iterable[str]) -> None:
    """Execute statements that lock, each waiting no longer than is left of `HASTE_SECONDS`.

    Raises:
        TablesInUseError: if others hold the locks; nothing of this transaction may be kept.
    """
    waits, deadline = connection.dialect.name == "postgresql", time.monotonic() + HASTE_SECONDS
    for statement in statements:
        if waits:
            left = max(int((deadline - time.monotonic()) * 1000), 1)
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {left}")
        try:
            connection.exec_driver_sql(statement)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) in _BUSY:
                raise TablesInUseError from None
            raise
    if waits:
        connection.exec_driver_sql("SET LOCAL lock_timeout TO DEFAULT")


def locks_of(connection: Connection, schema: str | None, names: Iterable[str]) -> list[str]:
    """Statements that lock those of these tables and views that exist; none where a database has no such locks."""
    if connection.dialect.name != "postgresql":
        return []
    inspector, quote = sa.inspect(connection), connection.dialect.identifier_preparer.quote
    present = {*inspector.get_table_names(schema), *inspector.get_view_names(schema)}
    return [
        f"LOCK TABLE {quote(schema or 'public')}.{quote(name)} IN ACCESS EXCLUSIVE MODE"
        for name in names
        if name in present
    ]


def _sessions(database: Database) -> str:
    """Who holds locks on our tables and views now."""
    query = sa.text(
        """
        SELECT DISTINCT 'process ' || pid || ' of ' || usename || ' (' || application_name || ')'
        FROM pg_locks INNER JOIN pg_stat_activity USING (pid)
        WHERE relation IN (SELECT oid FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident(:schema)))
            AND granted AND pid <> pg_backend_pid()
        ORDER BY 1
        """
    )
    with database.read() as connection:
        return ", ".join(connection.execute(query, {"schema": database.schema}).scalars())
