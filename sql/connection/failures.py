"""Errors of drivers: which of them mean that trying again later may help."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

_LOST_SQLITE = ("database is locked", "unable to open", "disk i/o", "disk is full", "readonly database")


def is_connection_error(error: Exception) -> bool:
    """Whether trying again later may help: the connection was lost or refused, or the database was busy or full.

    Args:
        error: SQLAlchemy's, or the driver's own, as COPY and plain cursors raise it.
    """
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    cause = driver_error(error)
    if type(cause).__module__.startswith("sqlite3"):
        return any(text in str(cause).lower() for text in _LOST_SQLITE)
    state = getattr(cause, "sqlstate", None)
    if state is not None:
        return is_connection_state(str(state))
    return not {"OperationalError", "InterfaceError"}.isdisjoint(kind.__name__ for kind in type(cause).__mro__)


def is_connection_state(state: str) -> bool:
    """Whether an SQLSTATE is about connections, resources, operator intervention, locks or serialisation."""
    return state[:2] in {"08", "53", "57", "40"} or state == "55P03"


def driver_error(error: Exception) -> BaseException:
    """The driver's own error, where SQLAlchemy has wrapped it."""
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
