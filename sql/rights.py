"""Rights to read our views, which would be lost when views are created again."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

Readers = dict[str, set[str]]
"""The roles that may read each view, quoted for SQL."""


def view_readers(connection: Connection, schema: str | None) -> Readers:
    """The roles that may read the views of a schema, apart from its owner; empty on databases other than PostgreSQL."""
    if connection.dialect.name != "postgresql":
        return {}
    query = sa.text(
        """
        SELECT relname, CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE grantee::regrole::text END AS role
        FROM pg_class LEFT JOIN LATERAL aclexplode(relacl) AS rights
            ON privilege_type = 'SELECT' AND grantee <> relowner
        WHERE relnamespace = to_regnamespace(quote_ident(:schema)) AND relkind = 'v'
        """
    )
    readers: Readers = {}
    for view, role in connection.execute(query, {"schema": schema}):
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
