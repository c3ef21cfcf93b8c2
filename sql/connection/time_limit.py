"""Statements that the database itself ends after some seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from nightcast.errors import UsageError
from sql.connection.failures import driver_error

STEPS = 20_000
"""Of SQLite's machine between two looks at the clock: some milliseconds."""

_ENDED = {"57014", 1969, 3024, 1317}
"""What PostgreSQL, MariaDB and MySQL call a statement that was ended."""


@contextmanager
def time_limit(connection: Connection, seconds: float) -> Iterator[None]:
    """Let each statement in the block take so many seconds at most.

    Raises:
        UsageError: if one took longer.
    """
    try:
        with _limited(connection, seconds):
            yield
    except DBAPIError as error:
        if not _is_ended(error):
            raise
        raise UsageError(
            f"The answer took more than {seconds:g} s.", "Ask for less: fewer groups, more filters."
        ) from None


@contextmanager
def _limited(connection: Connection, seconds: float) -> Iterator[None]:
    dialect = connection.dialect
    if dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        ends = time.monotonic() + seconds
        driver.set_progress_handler(lambda: int(time.monotonic() > ends), STEPS)
        try:
            yield
        finally:
            driver.set_progress_handler(None, 0)
        return
    milliseconds = round(seconds * 1000)
    if dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {milliseconds}")
    elif getattr(dialect, "is_mariadb", False):
        connection.exec_driver_sql(f"SET SESSION max_statement_time = {seconds:.3f}")
    else:
        connection.exec_driver_sql(f"SET SESSION max_execution_time = {milliseconds}")
    yield


def _is_ended(error: DBAPIError) -> bool:
    cause = driver_error(error)
    codes = {getattr(cause, "sqlstate", None), next(iter(getattr(cause, "args", ())), None)}
    return bool(codes & _ENDED) or str(cause) == "interrupted"
