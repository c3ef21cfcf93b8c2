"""The views for readers, as the database has them."""

from __future__ import annotations

from functools import cached_property

import sqlalchemy as sa

from nightcast.errors import SchemaVersionError, UsageError, suggestion
from sql.engine import Database
from sql.views.definitions import READERS_VIEWS


class ReadersViews:
    """The views that answers come from; nothing else can be named.

    Args:
        database: where they are, opened for reading.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    def check(self) -> None:
        """Check that all views are there; a reader's role may not read the revision of the tables.

        Raises:
            SchemaVersionError: if one is missing.
        """
        with self.database.read() as connection:
            there = set(sa.inspect(connection).get_view_names(schema=self.database.schema))
        if missing := [view for view in READERS_VIEWS if view not in there]:
            raise SchemaVersionError(
                f"{self.database.name} has no view {missing[0]}.",
                "Run `nightcast init` where there are no tables yet, else `nightcast migrate`.",
            )

    def table(self, view: str) -> sa.Table:
        """A view with its columns.

        Raises:
            UsageError: if there is no view of this name for readers; names the nearest.
        """
        if view not in READERS_VIEWS:
            raise UsageError(
                f"There is no view {view!r} to read.{suggestion(view, [*READERS_VIEWS])}",
                f"The views are {', '.join(READERS_VIEWS)}.",
            )
        if view not in self._tables:
            with self.database.read() as connection:
                metadata = sa.MetaData()
                self._tables[view] = sa.Table(view, metadata, autoload_with=connection, schema=self.database.schema)
        return self._tables[view]

    @cached_property
    def _tables(self) -> dict[str, sa.Table]:
        return {}
