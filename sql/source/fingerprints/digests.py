"""Digests of rows, by each database's own means.

PostgreSQL and MySQL add a hash of 60 bits or more of each row up, so that the order of the rows does not matter.
SQLite has no hashes: there, a function of this program digests the rows of a group as they come.
"""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

Expression = sa.ColumnElement[Any]

SQLITE_DIGEST = "nightcast_digest"
"""The name of our aggregate function on SQLite."""

_AT_ONCE = 10_000
_FORM = 2
"""The newest form of `marshal` in which equal values have equal bytes."""

_POSTGRESQL_HASHES = {
    "int2": "hashint2extended",
    "int4": "hashint4extended",
    "int8": "hashint8extended",
    "float4": "hashfloat4extended",
    "float8": "hashfloat8extended",
    "numeric": "hash_numeric_extended",
    "timestamp": "timestamp_hash_extended",
    "text": "hashtextextended",
}
"""The hash of each type, which takes the hash of what stands before it as its seed."""

_NULL: Expression = sa.literal_column("7046029254386353131")
"""What a null does to the hash before it."""


def postgresql_digest(values: Sequence[tuple[Expression, str]]) -> Expression:
    """The hash of a row of PostgreSQL.

    Args:
        values: each value, and its type.
    """
    digest: Expression = sa.literal_column("0")
    for value, type_name in values:
        value, type_name = _plain(value, type_name)
        hashed: Expression = sa.Function(_POSTGRESQL_HASHES[type_name], value, digest)
        digest = sa.func.coalesce(hashed, sa.cast(digest, sa.BigInteger).op("#")(_NULL))
    return digest


def _plain(value: Expression, type_name: str) -> tuple[Expression, str]:
    """A value of a type that all servers hash alike."""
    if type_name == "date":
        return sa.cast(value, sa.DateTime), "timestamp"
    if type_name == "timestamptz":
        return sa.func.timezone(sa.literal_column("'UTC'"), value), "timestamp"
    # In the order of bytes: texts that a language takes for equal have equal hashes otherwise.
    return (sa.collate(value, "C"), type_name) if type_name == "text" else (value, type_name)


def mysql_digest(values: Sequence[Expression]) -> Expression:
    """The hash of a row of MySQL or MariaDB."""
    parts: list[Expression] = []
    for value in values:
        plain = sa.cast(value, sa.LargeBinary)
        parts += [sa.func.coalesce(sa.func.length(plain), sa.literal_column("-1")), sa.func.coalesce(plain, "")]
    text = sa.func.md5(sa.func.concat_ws(sa.literal_column("':'"), *parts))
    return sa.cast(sa.func.conv(sa.func.left(text, 15), 16, 10), sa.Numeric(20))


class _Digest:
    """The digest of the rows of a group, and of the types of their values; the class of an aggregate function."""

    def __init__(self) -> None:
        self._rows: list[tuple[Any, ...]] = []
        self._digest = hashlib.sha256()

    def step(self, *row: Any) -> None:
        self._rows.append(row)
        if len(self._rows) == _AT_ONCE:
            self._add()

    def finalize(self) -> str:
        self._add()
        return self._digest.hexdigest()

    def _add(self) -> None:
        self._digest.update(marshal.dumps(self._rows, _FORM))
        self._rows.clear()


def register_digest(connection: Connection) -> None:
    """Make our aggregate function known to a connection of SQLite."""
    driver: Any = connection.connection.driver_connection
    driver.create_aggregate(SQLITE_DIGEST, -1, _Digest)
