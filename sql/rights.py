"""Rights to read our views, which making them anew would otherwise take away."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

Readers = dict[str, set[str]]
"""For each view the roles that may read it, quoted as SQL writes them."""


def view_readers(connection: Connection, schema: str | None) -> Readers:
    """Who may read the views of a schema, beside their owner; nothing on databases without rights of that kind."""
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
    found: Readers = {}
    for view, role in connection.execute(query, {"schema": schema}):
        found.setdefault(view, set()).update({role} - {None})
    return found


def let_read(connection: Connection, views: Iterable[str], readers: Readers) -> None:
    """Give the rights back; who could read every view may read a new one, too.

    Args:
        connection: in which the names of views mean ours.
        views: those that there are now.
        readers: who could read which one before.
    """
    of_all = readers_of_all(readers)
    for view in views:
        for role in sorted(readers.get(view, of_all)):
            connection.exec_driver_sql(f"GRANT SELECT ON {view} TO {role}")


def readers_of_all(readers: Readers) -> set[str]:
    """The roles that may read each of the views."""
    return set.intersection(*readers.values()) if readers else set()
