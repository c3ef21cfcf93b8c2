"""The source table to fill: an existing one, checked, or a new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine.reflection import ObjectKind

from nightcast.errors import InputError
from sql.engine import Database
from sql.filling.columns import require_type
from sql.settings import Source
from sql.source.lookup import look_up_source
from sql.writing import explained_refusal


def table_name(section: str, source: Source) -> str:
    """The name of the table to fill.

    Args:
        section: the settings section, for messages.
        source: the settings of the source.

    Raises:
        InputError: if the source is a query.
    """
    if source.query is not None or not source.table:
        raise _not_a_table(f"[{section}] is a query", section)
    return source.table


def existing_table(
    database: Database, connection: Connection, section: str, source: Source, columns: Mapping[str, str]
) -> sa.Table:
    """The existing table that the settings name, with the columns to fill.

    Args:
        database: where the table is.
        connection: to that database.
        section: the settings section, for messages.
        source: the settings of the source.
        columns: the names of the columns to fill, keyed by ours.

    Raises:
        InputError: if it is a view, a column is missing, or a column's type would change the values.
    """
    clause = look_up_source(database, section, source, list(columns.values())).clause
    assert isinstance(clause, sa.TableClause)  # noqa: S101
    tables = sa.inspect(connection).get_multi_columns(clause.schema, [clause.name], kind=ObjectKind.TABLE)
    if not tables:
        raise _not_a_table(f"{source.table!r} is a view", section)
    types = {column["name"]: column["type"] for columns_of_table in tables.values() for column in columns_of_table}
    for ours, theirs in columns.items():
        require_type(source.table or "", ours, theirs, types[theirs])
    wanted = (sa.Column(name, types[name]) for name in columns.values())
    return sa.Table(clause.name, sa.MetaData(schema=clause.schema), *wanted)


def create_table(connection: Connection, name: str, columns: Sequence[sa.Column[Any]]) -> sa.Table:
    """Create a table, in a schema if its name has a dot.

    Raises:
        InputError: if there is no such schema, or no right to create a table.
    """
    schema, _, plain = name.rpartition(".")
    if schema and schema not in sa.inspect(connection).get_schema_names():
        raise InputError(
            f"The table {name!r} cannot be created: there is no schema {schema!r} in the database.",
            "Create the schema first, or set a table name without a dot.",
        )
    indexes = {"ix": "ix_%(table_name)s_%(column_0_N_name)s"}
    table = sa.Table(plain, sa.MetaData(schema=schema or None, naming_convention=indexes), *columns)
    with explained_refusal(name):
        table.create(connection)
    return table


def _not_a_table(what: str, section: str) -> InputError:
    return InputError(f"{what}, which cannot be filled.", f"Name a table to load into: set table in [{section}].")
