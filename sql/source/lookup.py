"""Looking up the source tables, with messages that name what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.selectable import FromClause

from nightcast.errors import InputError, first_line, suggestion
from sql.connection.failures import is_connection_error
from sql.engine import Database
from sql.schema import OUR_NAMES
from sql.settings import Source
from sql.source.denied import grant_statement, is_denied


@dataclass(frozen=True)
class SourceRelation:
    """A table, view or query to select from.

    Attributes:
        section: the settings section that names it, such as ``source.visits``.
        clause: the FROM clause.
        types: the type of each column as PostgreSQL calls it; on MySQL only where it matters, else empty text; always
            empty on SQLite.
        condition: which of its rows are read; None: all.
    """

    section: str
    clause: FromClause | sa.TextClause
    types: dict[str, str]
    condition: sa.ColumnElement[bool] | None = None

    def select(self, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
        """A statement that selects these columns of the rows that are read."""
        statement = sa.select(*columns).select_from(self.clause)
        return statement if self.condition is None else statement.where(self.condition)


def source_exists(database: Database, source: Source) -> bool:
    """Whether the source's table or view exists; a query counts as existing."""
    if source.query is not None:
        return True
    with database.read() as connection:
        return _has_table(connection, source.table or "")


def look_up_source(database: Database, section: str, source: Source, columns: list[str]) -> SourceRelation:
    """Look a source up and check its columns.

    Args:
        database: where the source is.
        section: the settings section, for messages.
        source: the settings of the source.
        columns: the names of the columns that have to exist.

    Raises:
        InputError: if the table or a column does not exist, or the query fails.
    """
    with database.read() as connection:
        clause = _from_clause(connection, section, source)
        types = _column_types(connection, section, clause)
    for column in columns:
        if column not in types:
            raise InputError(
                f"{_described(source)} has no column {column!r}; it has {listed(list(types))}.",
                f"Set [{section}] columns so that each names an existing column.{suggestion(column, list(types))}",
            )
    return SourceRelation(section, clause, types)


def _from_clause(connection: Connection, section: str, source: Source) -> FromClause | sa.TextClause:
    if source.query is not None:
        query = source.query.strip().rstrip(";").replace(":", r"\:")  # a colon would start a parameter
        return sa.text(f"({query}\n) AS source")  # on its own line: the query may end with a comment
    name = source.table or ""
    if not _has_table(connection, name):
        hint = suggestion(name, _tables(connection))
        raise InputError(
            f"There is no table or view {name!r} in the database, which [{section}] names.",
            f"Fill one with `nightcast load`, or set table or query in [{section}].{hint}",
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
    except DBAPIError as error:  # SQLite takes a schema for an attached database, and fails if there is none
        if is_denied(error):  # MySQL does not tell whether it exists
            return True
        if is_connection_error(error):
            raise
        return False


def _tables(connection: Connection) -> list[str]:
    """The tables and views that may be a source, which ours are not."""
    inspector = sa.inspect(connection)
    names = [*inspector.get_table_names(), *inspector.get_view_names()]
    return [name for name in names if name not in OUR_NAMES]


def _column_types(connection: Connection, section: str, clause: FromClause | sa.TextClause) -> dict[str, str]:
    nothing = sa.select(sa.text("*")).select_from(clause).where(sa.text("1 = 0"))
    try:
        with connection.begin_nested():  # after a failure the connection is still asked
            cursor = _execute_alone(connection, nothing)
    except (DBAPIError, connection.dialect.loaded_dbapi.Error) as error:
        if is_denied(error):
            raise InputError(
                f"The source of [{section}] may not be read: {first_line(getattr(error, 'orig', error))}.",
                f"Its owner grants the right: {grant_statement(connection, clause, error)}",
            ) from None
        if is_connection_error(error):
            raise
        raise InputError(
            f"The query of [{section}] fails: {first_line(getattr(error, 'orig', error))}.",
            "Try it in the database's shell; it has to be one SELECT statement.",
        ) from None
    description = (cursor.description if cursor is not None else None) or ()
    return {column[0]: _type_name(connection, column[1]) for column in description}


_MYSQL_TYPES = {4: "float4", 5: "float8", 0: "numeric", 246: "numeric", 15: "text"} | dict.fromkeys(
    range(249, 255), "text"
)
"""Types that matter, by the codes of MySQL's protocol; all that hold text or bytes are ``text``."""


def _execute_alone(connection: Connection, statement: sa.Select[Any]) -> Any:
    """Execute one statement; a query that closes our bracket and begins another statement is refused.

    The drivers of the other databases take one at a time; PostgreSQL's only if the answer is to be binary.
    """
    if connection.dialect.name != "postgresql":
        return connection.execute(statement).cursor
    driver: Any = connection.connection.driver_connection
    return driver.cursor(binary=True).execute(str(statement.compile(connection)), ())


def _type_name(connection: Connection, code: object) -> str:
    if connection.dialect.name in ("mysql", "mariadb"):
        return _MYSQL_TYPES.get(code, "")  # type: ignore[call-overload,no-any-return]
    if connection.dialect.name != "postgresql":
        return ""
    entry = connection.connection.driver_connection.adapters.types.get(code)  # type: ignore[union-attr]
    if entry is None:
        return ""
    return str(entry.name) if entry.oid == code else f"{entry.name}[]"


def _described(source: Source) -> str:
    return "The query" if source.query is not None else f"The table {source.table!r}"


def listed(names: Sequence[str]) -> str:
    """The first of these names, and how many more there are."""
    shown = ", ".join(repr(name) for name in names[:12])
    return f"{shown} and {len(names) - 12} more" if len(names) > 12 else shown or "none"
