"""The table to fill: found and checked, or made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine.reflection import ObjectKind

from nightcast.errors import InputError
from sql.engine import Database
from sql.source.columns import require_type
from sql.source.finding import Source, find_source
from sql.writing import explained_refusal


def require_table(section: str, source: Source) -> str:
    """The name of the table to fill.

    Args:
        section: the settings section, for messages.
        source: the settings.

    Raises:
        InputError: if the source is a query.
    """
    if source.query is not None or not source.table:
        raise _not_a_table(f"[{section}] is a query", section)
    return source.table


def find_table(
    database: Database, connection: Connection, section: str, source: Source, columns: Mapping[str, str]
) -> sa.Table:
    """The table that the settings name, with the columns to fill.

    Args:
        database: where the table is.
        connection: to that database.
        section: the settings section, for messages.
        source: the settings.
        columns: the columns to fill, keyed by our names.

    Raises:
        InputError: if it is a view, lacks a column, or has one that would change what is put into it.
    """
    clause = find_source(database, section, source, list(columns.values())).clause
    assert isinstance(clause, sa.TableClause)  # noqa: S101
    found = sa.inspect(connection).get_multi_columns(clause.schema, [clause.name], kind=ObjectKind.TABLE)
    if not found:
        raise _not_a_table(f"{source.table!r} is a view", section)
    types = {column["name"]: column["type"] for reflected in found.values() for column in reflected}
    for ours, theirs in columns.items():
        require_type(source.table or "", ours, theirs, types[theirs])
    wanted = (sa.Column(name, types[name]) for name in columns.values())
    return sa.Table(clause.name, sa.MetaData(schema=clause.schema), *wanted)


def make_table(connection: Connection, name: str, columns: Sequence[sa.Column[Any]]) -> sa.Table:
    """Make a table, in a schema if its name has a dot.

    Raises:
        InputError: if there is no such schema, or no right to make a table.
    """
    schema, _, plain = name.rpartition(".")
    if schema and schema not in sa.inspect(connection).get_schema_names():
        raise InputError(
            f"The table {name!r} cannot be made: there is no schema {schema!r} in the database.",
            "Make the schema first, or set a table name without a dot.",
        )
    indexes = {"ix": "ix_%(table_name)s_%(column_0_N_name)s"}
    table = sa.Table(plain, sa.MetaData(schema=schema or None, naming_convention=indexes), *columns)
    with explained_refusal(name):
        table.create(connection)
    return table


def _not_a_table(what: str, section: str) -> InputError:
    return InputError(f"{what}, which cannot be loaded into.", f"Name a table to load into: set table in [{section}].")
