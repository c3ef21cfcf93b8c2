"""What to do about a source that the role of the connection may not read: the statement that grants the right."""

from __future__ import annotations

import re

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.selectable import FromClause

_POSTGRESQL_STATE = "42501"
_MYSQL_NUMBERS = {1142, 1143}

_IN_POSTGRESQL = re.compile(r"permission denied for (?:[a-z]+ )*?(?P<kind>schema|table|view|relation) (?P<name>.+)")
_IN_MYSQL = re.compile(r"for table (?P<name>\S+)")


def is_denied(error: Exception) -> bool:
    """Whether a right to read is missing; of an error of SQLAlchemy, or of a driver."""
    cause = getattr(error, "orig", error)
    arguments = getattr(cause, "args", None) or (None,)
    return getattr(cause, "sqlstate", None) == _POSTGRESQL_STATE or arguments[0] in _MYSQL_NUMBERS


def grant_statement(connection: Connection, clause: FromClause | sa.TextClause, error: Exception) -> str:
    """The statement that the owner of a source has to run.

    Args:
        connection: of the role that lacks the right, in a transaction that can go on.
        clause: the source; the error of a query names the table that it may not read.
        error: the error of SQLAlchemy, or of the driver.
    """
    kind, name = _refused(connection, clause, error)
    role = _role(connection)
    if kind != "schema":
        return f"GRANT SELECT ON {name} TO {role};"
    objects = _quoted(connection, clause) or f"ALL TABLES IN SCHEMA {name}"
    return f"GRANT USAGE ON SCHEMA {name} TO {role}; GRANT SELECT ON {objects} TO {role};"


def _refused(connection: Connection, clause: FromClause | sa.TextClause, error: Exception) -> tuple[str, str]:
    """The kind and the name of what may not be read."""
    pattern = _IN_POSTGRESQL if connection.dialect.name == "postgresql" else _IN_MYSQL
    named = pattern.search(str(getattr(error, "orig", error)).partition("\n")[0])
    found = named.groupdict() if named is not None else {}
    kind, name = found.get("kind", "table"), found.get("name", "the table").strip("\"'")
    if connection.dialect.name == "postgresql":
        name = connection.dialect.identifier_preparer.quote(name)
    return (kind, name) if kind == "schema" else (kind, _quoted(connection, clause) or name)


def _quoted(connection: Connection, clause: FromClause | sa.TextClause) -> str | None:
    """The name of a table; None for a query."""
    return str(clause.compile(connection.engine)) if isinstance(clause, sa.TableClause) else None


def _role(connection: Connection) -> str:
    """The role of the connection, quoted for the statement."""
    role = str(connection.scalar(sa.select(sa.func.current_user())))
    if connection.dialect.name == "postgresql":
        return connection.dialect.identifier_preparer.quote(role)
    user, _, host = role.rpartition("@")
    return f"'{user}'@'{host}'"
