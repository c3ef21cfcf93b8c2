"""Rights: to write to our tables, and to read our views, which would be lost when views are created again."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from nightcast.errors import UsageError, first_line
from nightcast.values import new_id
from sql.engine import Database
from sql.tables import rejected_row
from sql.views.definitions import OF_ALL_RUNS

Readers = dict[str, set[str]]
"""The roles that may read each view for readers, quoted for SQL."""


def view_readers(connection: Connection, schema: str | None) -> Readers:
    """The roles that may read the views of a schema, apart from its owner; empty on databases other than PostgreSQL."""
    if connection.dialect.name != "postgresql":
        return {}
    query = sa.text(
        """
        SELECT relname, CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE grantee::regrole::text END AS role
        FROM pg_class LEFT JOIN LATERAL aclexplode(relacl) AS rights
            ON privilege_type = 'SELECT' AND grantee <> relowner
        WHERE relnamespace = to_regnamespace(quote_ident(:schema)) AND relkind = 'v' AND relname <> ALL (:others)
        """
    )
    readers: Readers = {}
    for view, role in connection.execute(query, {"schema": schema, "others": [*OF_ALL_RUNS]}):
        readers.setdefault(view, set()).update({role} - {None})
    return readers


def grant_reading(connection: Connection, views: Iterable[str], readers: Readers) -> None:
    """Grant the rights again; roles that could read every view may also read new ones.

    Args:
        connection: whose search path begins with our schema.
        views: the present views.
        readers: who could read each view before.
    """
    of_all = readers_of_all(readers)
    for view in views:
        for role in sorted(readers.get(view, of_all)):
            connection.exec_driver_sql(f"GRANT SELECT ON {view} TO {role}")


def readers_of_all(readers: Readers) -> set[str]:
    """The roles that may read each of the views."""
    return set.intersection(*readers.values()) if readers else set()


def check_rights(database: Database) -> None:
    """Write a row and roll it back.

    Raises:
        UsageError: if the right to write to our tables is missing.
        UnavailableError: if the database cannot be reached, or is read-only.
    """
    try:
        with database.write() as connection:
            row = {"rejection_id": new_id(), "source": "check", "reason": "check", "rows": 0}
            connection.execute(sa.insert(rejected_row).values(**row))
            connection.rollback()
    except DBAPIError as error:
        raise UsageError(
            f"The user of {database.name} may not write to our tables: {first_line(error.orig)}.",
            "Grant the rights that deployments/roles.sql grants to the job.",
        ) from None
