"""Creating and upgrading our tables and views, and refusing tables of another revision."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from nightcast.errors import SchemaVersionError, UsageError
from sql.dictionary.comments import write_comments
from sql.dictionary.entries import columns_present, entries, write_dictionary
from sql.engine import Database
from sql.rights import grant_reading, view_readers
from sql.schema_locks import execute_in_haste, locks_of, until_free
from sql.tables import VERSION_TABLE, metadata
from sql.views.definitions import READERS_VIEWS, VIEWS, definitions, digest

_MIGRATION = re.compile(r"[0-9]{4}_[a-z_0-9]+\.py")

OUR_NAMES = frozenset({*VIEWS, VERSION_TABLE, *(table.name for table in metadata.tables.values())})
"""The names of all our tables and views."""


def migrate(database: Database) -> tuple[str | None, str]:
    """Upgrade tables and views to this program's revision, in one transaction; does nothing where they are of it.

    Returns:
        The revision before and after.

    Raises:
        SchemaVersionError: if the tables are newer than this program.
        UsageError: if a right is missing, or other views depend on ours.
        UnavailableError: if others use the tables for too long.
    """
    _create_file(database)
    before = current_revision(database)
    _refuse_newer(database, before)
    if before != head_revision() or not _has_our_views(database):
        until_free(database, lambda from_below: _upgrade(database, before, from_below))
    return before, head_revision()


def _upgrade(database: Database, before: str | None, from_below: bool) -> None:
    schema = database.schema
    with database.write() as connection, _explained_refusal(database):
        _create_schema(connection, schema)
        readers = view_readers(connection, schema)
        with _our_schema_first(connection, schema):
            locked = sorted(table.name for table in metadata.tables.values()) if before != head_revision() else []
            _drop_views(connection, schema, VIEWS if from_below else (), locked)
            _upgrade_tables(connection, schema)
            _create_views(connection)
            _explain(connection, schema)
            _note_views(connection, schema)
            grant_reading(connection, READERS_VIEWS, readers)


def require_current(database: Database) -> None:
    """Check that the tables are of this program's revision.

    Raises:
        SchemaVersionError: if the tables are missing, older or newer; the remedy names the command.
    """
    current, head = current_revision(database), head_revision()
    if current == head:
        return
    _refuse_newer(database, current)
    if current is None:
        raise SchemaVersionError(
            f"There are no Nightcast tables in {database.name} yet.", "Run `nightcast init` to create them."
        )
    raise SchemaVersionError(
        f"The tables in {database.name} are at revision {current}; this program needs {head}.",
        "Run `nightcast migrate`.",
    )


def current_revision(database: Database) -> str | None:
    """The revision of the tables in the database, None if there are none."""
    with database.read() as connection:
        if not sa.inspect(connection).has_table(VERSION_TABLE, schema=database.schema):
            return None
        return connection.execute(sa.select(_version_row(database.schema).c.version_num)).scalar_one_or_none()


@functools.cache
def _revisions() -> tuple[str, ...]:
    """The revisions of the migrations in order, from the names of their files: Alembic takes a second to import."""
    names = (path.name for path in (files("sql") / "migrations" / "versions").iterdir())
    return tuple(sorted(name[:4] for name in names if _MIGRATION.fullmatch(name)))


def head_revision() -> str:
    """The revision that this program needs."""
    return _revisions()[-1]


def _refuse_newer(database: Database, revision: str | None) -> None:
    if revision is not None and revision not in _revisions():
        raise SchemaVersionError(
            f"The tables in {database.name} are at revision {revision}, which this program does not know.",
            "A newer Nightcast created them: install that version or a later one.",
        )


def _upgrade_tables(connection: Connection, schema: str | None) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(files("sql") / "migrations"))
    config.attributes.update(connection=connection, schema=schema)
    command.upgrade(config, "head")


def _create_file(database: Database) -> None:
    """Create a SQLite file for its owner only, since it holds customers; its write-ahead log will have its mode."""
    if database.file is not None:
        with suppress(OSError):  # it exists, or the driver says what is wrong
            os.close(os.open(database.file, os.O_CREAT | os.O_EXCL, 0o600))


def _create_schema(connection: Connection, schema: str | None) -> None:
    # Look first: the owner of the schema need not have the right to create one.
    if schema is not None and not sa.inspect(connection).has_schema(schema):
        connection.execute(sa.schema.CreateSchema(schema, if_not_exists=True))


@contextmanager
def _our_schema_first(connection: Connection, schema: str | None) -> Iterator[None]:
    """Resolve unqualified names in our schema; a view remembers the tables that it was created on."""
    if schema is None:
        yield
        return
    quoted = connection.dialect.identifier_preparer.quote_identifier(schema)
    before = connection.execute(sa.text("SHOW search_path")).scalar_one()
    connection.exec_driver_sql(f"SET LOCAL search_path TO {quoted}")
    yield
    connection.execute(sa.text("SELECT set_config('search_path', :path, true)"), {"path": before})


def _has_our_views(database: Database) -> bool:
    """Whether the views are there, and were created by a program with the same ones."""
    with database.read() as connection:
        noted = connection.execute(sa.select(_version_row(database.schema).c.views_sha256)).scalar_one()
        present = sa.inspect(connection).get_view_names(database.schema)
        return bool(noted == digest(connection.dialect.name) and set(VIEWS) <= set(present))


def _drop_views(connection: Connection, schema: str | None, first: Iterable[str], then: Iterable[str]) -> None:
    """Drop the views, and lock what the migrations change: `first` the views from below, `then` the tables."""
    present = sa.inspect(connection).get_view_names(schema)  # a table of an earlier revision may have a view's name
    drops = [f"DROP VIEW {name}" for name in reversed(VIEWS) if name in present]
    execute_in_haste(connection, [*locks_of(connection, schema, first), *drops, *locks_of(connection, schema, then)])


def _create_views(connection: Connection) -> None:
    for definition in definitions(connection.dialect.name):
        connection.exec_driver_sql(definition, execution_options={"no_parameters": True})


def _explain(connection: Connection, schema: str | None) -> None:
    """Write what tables, views and columns mean, into the dictionary and as comments."""
    explained = list(entries(columns_present(connection, schema)))
    write_dictionary(connection, explained)
    write_comments(connection, schema, explained)


def _note_views(connection: Connection, schema: str | None) -> None:
    connection.execute(sa.update(_version_row(schema)).values(views_sha256=digest(connection.dialect.name)))


def _version_row(schema: str | None) -> sa.TableClause:
    return sa.table(VERSION_TABLE, sa.column("version_num"), sa.column("views_sha256"), schema=schema)


@contextmanager
def _explained_refusal(database: Database) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        if state == "42501":
            raise UsageError(
                f"The user of {database.name} may not create or change tables there.",
                "Run this command as the owner of the schema, or grant CREATE on it.",
            ) from None
        if state == "2BP01":
            raise UsageError(
                f"The views of {database.name} cannot be created again: {'; '.join(str(error.orig).splitlines()[:2])}.",
                "Drop what depends on them, run this command again, and create it again.",
            ) from None
        raise
