"""Comments in the database itself: of tables, views and columns on PostgreSQL, of tables and columns on MySQL.

Only what differs is written, since a comment locks its table against other changes of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine.reflection import ObjectKind

from sql.dictionary.entries import Entry
from sql.tables import VERSION_TABLE, metadata


def write_comments(connection: Connection, schema: str | None, wanted: Iterable[Entry]) -> None:
    """Tell the database what its tables, views and columns mean; nothing on SQLite, which has no comments.

    Args:
        connection: whose search path begins with our schema.
        schema: our schema, None on databases without schemas.
        wanted: the rows of the dictionary.
    """
    write = {"postgresql": _write_postgresql, "mysql": _write_mysql, "mariadb": _write_mysql}.get(
        connection.dialect.name
    )
    if write is not None:
        present = _present(connection, schema)
        write(connection, [entry for entry in wanted if present.get(_key(entry)) != entry.description])


def _key(entry: Entry) -> tuple[str, str | None]:
    return entry.relation, entry.column_name


def _present(connection: Connection, schema: str | None) -> dict[tuple[str, str | None], str | None]:
    """The comments in the database, by relation and column."""
    inspector = sa.inspect(connection)
    tables = inspector.get_multi_table_comment(schema, kind=ObjectKind.ANY)
    columns = inspector.get_multi_columns(schema, kind=ObjectKind.ANY)
    return {(name, None): found["text"] for (_, name), found in tables.items()} | {
        (name, column["name"]): column.get("comment") for (_, name), found in columns.items() for column in found
    }


def _write_postgresql(connection: Connection, missing: list[Entry]) -> None:
    quote = connection.dialect.identifier_preparer.quote_identifier
    statements = [
        f"COMMENT ON {entry.kind.upper()} {quote(entry.relation)} IS {_literal(entry.description)}"
        if entry.column_name is None
        else f"COMMENT ON COLUMN {quote(entry.relation)}.{quote(entry.column_name)} IS {_literal(entry.description)}"
        for entry in missing
    ]
    if statements:
        connection.exec_driver_sql("; ".join(statements), execution_options={"no_parameters": True})


def _write_mysql(connection: Connection, missing: list[Entry]) -> None:
    """One statement per table, since each takes a lock; the columns stay what they are. A view cannot have comments."""
    tables = dict.fromkeys(entry.relation for entry in missing if entry.kind == "table")
    for name in tables:
        changes = ", ".join(_changes(connection.dialect, name, [entry for entry in missing if entry.relation == name]))
        connection.exec_driver_sql(f"ALTER TABLE {name} {changes}", execution_options={"no_parameters": True})


def _changes(dialect: sa.Dialect, name: str, missing: list[Entry]) -> Iterator[str]:
    columns = _definitions(dialect, name)
    for entry in missing:
        comment = _literal(entry.description.replace("\\", "\\\\"))
        if entry.column_name is None:
            yield f"COMMENT = {comment}"
        else:
            yield f"MODIFY COLUMN {columns[entry.column_name]} COMMENT {comment}"


def _definitions(dialect: sa.Dialect, name: str) -> dict[str, str]:
    """The definition of each column of a table, without a comment."""
    if name == VERSION_TABLE:
        types = {"version_num": "VARCHAR(32) NOT NULL", "views_sha256": "VARCHAR(64)"}
        return {column: f"{column} {kind}" for column, kind in types.items()}
    table = metadata.tables[f"{metadata.schema}.{name}"].to_metadata(sa.MetaData(), schema=None)  # type: ignore[arg-type]
    for column in table.columns:
        column.comment = None
    return {column.name: _compiled(column, dialect) for column in table.columns}


def _compiled(column: sa.Column[Any], dialect: sa.Dialect) -> str:
    return str(sa.schema.CreateColumn(column).compile(dialect=dialect))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
