"""The tables and views of a database that may be sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Inspector
from sqlalchemy.exc import SQLAlchemyError

from sql.engine import Database
from sql.schema import OUR_NAMES

_OF_PROGRAMS = ("alembic_version", "schema_migrations", "flyway_schema_history", "django_migrations", "spatial_ref_sys")
_OF_DATABASES = ("pg_", "sqlite_", "information_schema")


@dataclass(frozen=True)
class Relation:
    """A table, a view or a query.

    Attributes:
        name: of a table or view, as the settings name it: with its schema, where that is not the usual one.
        clause: the FROM clause.
        types: the type of each column that may hold single values, in capital letters.
        is_table: whether it has rows of its own.
        unique: sets of columns whose values occur once.
        references: the table and column that a column refers to.
        query: the SELECT, if it is a query.
    """

    name: str
    clause: sa.FromClause
    types: Mapping[str, str]
    is_table: bool = True
    unique: frozenset[frozenset[str]] = frozenset()
    references: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    query: str | None = None

    @property
    def key(self) -> str | None:
        """The column that alone tells rows apart, where it holds whole numbers."""
        single = [next(iter(columns)) for columns in self.unique if len(columns) == 1]
        return next((name for name in single if "INT" in self.types.get(name, "") or "SERIAL" in name), None)


def list_relations(database: Database) -> list[Relation]:
    """Every table and view, but ours, those of the database itself, and those of programs that migrate tables."""
    with database.read() as connection:
        inspector = sa.inspect(connection)
        found = [relation for schema in _schemas(database, inspector) for relation in _of(connection, schema)]
    return sorted(found, key=lambda relation: relation.name)


def _schemas(database: Database, inspector: Inspector) -> Iterable[str | None]:
    if database.dialect != "postgresql":
        return [None]
    usual = inspector.default_schema_name
    others = [name for name in inspector.get_schema_names() if not name.startswith(_OF_DATABASES) and name != usual]
    return [None, *others]


def _of(connection: Connection, schema: str | None) -> Iterator[Relation]:
    inspector = sa.inspect(connection)
    tables = {*inspector.get_table_names(schema)}
    views = {*inspector.get_view_names(schema)}
    if connection.dialect.name == "postgresql":
        views |= {*inspector.get_materialized_view_names(schema)}
    for name in sorted(tables | views):
        if name in OUR_NAMES or name in _OF_PROGRAMS or name.startswith(_OF_DATABASES):
            continue
        with suppress(SQLAlchemyError):  # a view on a table that is gone has no columns
            yield _relation(inspector, name, schema, is_table=name in tables)


def _relation(inspector: Inspector, name: str, schema: str | None, *, is_table: bool) -> Relation:
    columns = {column["name"]: _type(column["type"]) for column in inspector.get_columns(name, schema)}
    return Relation(
        f"{schema}.{name}" if schema else name,
        sa.table(name, schema=schema),
        {column: kind for column, kind in columns.items() if not kind.startswith(_OTHERS)},
        is_table,
        frozenset(_unique(inspector, name, schema)) if is_table else frozenset(),
        dict(_references(inspector, name, schema)) if is_table else {},
    )


_OTHERS = ("BLOB", "BYTEA", "JSON", "ARRAY", "BINARY", "VARBINARY", "LONGBLOB", "MEDIUMBLOB", "GEOM", "HSTORE", "TSV")
"""The beginnings of types that hold no identifiers, moments or numbers."""


def _type(kind: Any) -> str:
    try:
        return "ARRAY" if isinstance(kind, sa.ARRAY) else str(kind).upper()
    except SQLAlchemyError:  # a type that this database alone has
        return type(kind).__name__.upper()


def _unique(inspector: Inspector, name: str, schema: str | None) -> Iterator[frozenset[str]]:
    key = inspector.get_pk_constraint(name, schema).get("constrained_columns") or []
    if key:
        yield frozenset(key)
    for index in inspector.get_indexes(name, schema):
        if index["unique"] and None not in index["column_names"]:
            yield frozenset(str(column) for column in index["column_names"])
    for constraint in inspector.get_unique_constraints(name, schema):
        yield frozenset(constraint["column_names"])


def _references(inspector: Inspector, name: str, schema: str | None) -> Iterator[tuple[str, tuple[str, str]]]:
    for foreign in inspector.get_foreign_keys(name, schema):
        if len(foreign["constrained_columns"]) == 1:
            other = foreign["referred_schema"]
            table = f"{other}.{foreign['referred_table']}" if other else foreign["referred_table"]
            yield foreign["constrained_columns"][0], (table, foreign["referred_columns"][0])
