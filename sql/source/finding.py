"""Finding the tables that the user brings, and saying clearly what is missing."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.selectable import FromClause

from nightcast.errors import InputError
from sql.engine import Database, is_connection_error
from sql.settings import CovariateSource, SalesSource, VisitSource

Source = VisitSource | SalesSource | CovariateSource


@dataclass(frozen=True)
class FoundSource:
    """A source that exists.

    Attributes:
        section: the settings section that names it, such as ``source.visits``.
        clause: what to select from.
        types: the database's name for each column's type, where the driver tells, else an empty text.
    """

    section: str
    clause: FromClause | sa.TextClause
    types: dict[str, str]


def source_exists(database: Database, source: Source) -> bool:
    """Whether the source's table is there; a query always counts as there."""
    if source.query is not None:
        return True
    with database.read() as connection:
        return _has_table(connection, source.table or "")


def find_source(database: Database, section: str, source: Source, columns: list[str]) -> FoundSource:
    """Look the source up and check that the columns are there.

    Args:
        database: where to look.
        section: the settings section, for messages.
        source: the settings.
        columns: the column names that have to be there.

    Raises:
        InputError: if the table or a column is missing, or the query fails; says what the settings look for.
    """
    with database.read() as connection:
        clause = _from_clause(connection, section, source)
        types = _column_types(connection, section, clause)
    for column in columns:
        if column not in types:
            raise InputError(
                f"{_described(source)} has no column {column!r}; it has {_listed(list(types))}.",
                f"Set [{section}] columns so that each names an existing column.{_hint(column, list(types))}",
            )
    return FoundSource(section, clause, types)


def _from_clause(connection: Connection, section: str, source: Source) -> FromClause | sa.TextClause:
    if source.query is not None:
        query = source.query.strip().rstrip(";").replace(":", r"\:")  # a colon would start a parameter
        return sa.text(f"({query}\n) AS source")  # on a line of its own: the query may end with a comment
    name = source.table or ""
    if not _has_table(connection, name):
        raise InputError(
            f"There is no table or view {name!r} in the database; [{section}] looks for it.",
            f"Fill one with `nightcast load`, or set table or query in [{section}].{_hint(name, _tables(connection))}",
        )
    return _table_clause(connection, name)


def _table_clause(connection: Connection, name: str) -> sa.TableClause:
    schema, _, plain = name.rpartition(".")
    if not schema or _exists(connection, name, None):
        return sa.table(name)
    return sa.table(plain, schema=schema)


def _has_table(connection: Connection, name: str) -> bool:
    schema, _, plain = name.rpartition(".")
    return _exists(connection, name, None) or bool(schema and _exists(connection, plain, schema))


def _exists(connection: Connection, name: str, schema: str | None) -> bool:
    inspector = sa.inspect(connection)
    try:
        return inspector.has_table(name, schema=schema)
    except DBAPIError as error:  # SQLite looks a schema up as an attached database and fails where there is none
        if is_connection_error(error):
            raise
        return False


def _tables(connection: Connection) -> list[str]:
    inspector = sa.inspect(connection)
    return [*inspector.get_table_names(), *inspector.get_view_names()]


def _column_types(connection: Connection, section: str, clause: FromClause | sa.TextClause) -> dict[str, str]:
    nothing = sa.select(sa.text("*")).select_from(clause).where(sa.text("1 = 0"))
    try:
        cursor = connection.execute(nothing).cursor
    except DBAPIError as error:
        if is_connection_error(error):
            raise
        raise InputError(
            f"The query of [{section}] fails: {str(error.orig).splitlines()[0]}.",
            "Try it in the database's own shell; it has to be one SELECT.",
        ) from None
    description = (cursor.description if cursor is not None else None) or ()
    return {column[0]: _type_name(connection, column[1]) for column in description}


def _type_name(connection: Connection, code: object) -> str:
    if connection.dialect.name != "postgresql":
        return ""
    known = connection.connection.driver_connection.adapters.types.get(code)  # type: ignore[union-attr]
    return str(known.name) if known is not None else ""


def _described(source: Source) -> str:
    return "The query" if source.query is not None else f"The table {source.table!r}"


def _listed(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:12])
    return f"{shown} and {len(names) - 12} more" if len(names) > 12 else shown or "none"


def _hint(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name.lower(), [other.lower() for other in known], n=1)
    found = next((other for other in known if near and other.lower() == near[0]), None)
    return f" Did you mean {found!r}?" if found else ""
