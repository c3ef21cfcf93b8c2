"""Creating and upgrading our tables and views, and refusing tables of another revision."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from nightcast.errors import SchemaVersionError, UsageError
from sql.engine import Database
from sql.rights import grant_reading, view_readers
from sql.tables import metadata

VERSION_TABLE = "nightcast_schema_version"

VIEWS = (
    "latest_run",
    "latest_next_visit",
    "latest_next_visit_bin",
    "latest_sales_forecast",
    "rpt_customers_due",
    "rpt_customers_lapsing",
    "rpt_sales_outlook",
    "rpt_forecast_accuracy",
    "rpt_run_history",
    "rpt_freshness",
)
"""The views, each after those that it reads."""

OUR_NAMES = frozenset({*VIEWS, VERSION_TABLE, *(table.name for table in metadata.tables.values())})
"""The names of all our tables and views."""


def migrate(database: Database) -> tuple[str | None, str]:
    """Upgrade tables and views to this program's revision, in one transaction; may be repeated.

    Returns:
        The revision before and after.

    Raises:
        SchemaVersionError: if the tables are newer than this program.
        UsageError: if a right is missing, or other views depend on ours.
    """
    before = current_revision(database)
    _refuse_newer(database, before)
    with database.write() as connection, _explained_refusal(database):
        _create_schema(connection, database.schema)
        readers = view_readers(connection, database.schema)
        with _our_schema_first(connection, database.schema):
            _drop_views(connection)
            command.upgrade(_configuration(connection, database.schema), "head")
            _create_views(connection)
            grant_reading(connection, VIEWS, readers)
    return before, head_revision()


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
        options = {"version_table": VERSION_TABLE, "version_table_schema": database.schema}
        return MigrationContext.configure(connection, opts=options).get_current_revision()


def head_revision() -> str:
    """The revision that this program needs."""
    head = ScriptDirectory.from_config(_configuration(None, None)).get_current_head()
    if head is None:
        raise RuntimeError("no migrations are packaged with the program")
    return head


def _refuse_newer(database: Database, revision: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_configuration(None, None)).walk_revisions()}
    if revision is not None and revision not in known:
        raise SchemaVersionError(
            f"The tables in {database.name} are at revision {revision}, which this program does not know.",
            "A newer Nightcast created them: install that version or a later one.",
        )


def _configuration(connection: Connection | None, schema: str | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("sql") / "migrations"))
    config.attributes.update(connection=connection, schema=schema)
    return config


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


def _drop_views(connection: Connection) -> None:
    for name in reversed(VIEWS):
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")


def _create_views(connection: Connection) -> None:
    for name in VIEWS:
        definition = (files("sql") / "views" / f"{name}.sql").read_text(encoding="utf-8")
        connection.exec_driver_sql(definition, execution_options={"no_parameters": True})


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
