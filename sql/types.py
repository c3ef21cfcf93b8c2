"""Column types that differ between databases."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import REAL, DateTime, Dialect, Double, Text
from sqlalchemy.dialects import mysql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TypeDecorator, TypeEngine

MOST_CHARACTERS = 255
"""The longest identifier: the indexes of every database hold it, whatever its characters."""

_MYSQL = ("mysql", "mariadb")


def exact_collation(dialect: Dialect) -> str:
    """The collation of MySQL or MariaDB that distinguishes ``a``, ``A``, ``ä`` and ``a ``, as other databases do."""
    return "utf8mb4_nopad_bin" if getattr(dialect, "is_mariadb", False) else "utf8mb4_0900_bin"


class _ExactText(mysql.VARCHAR):
    """Text whose collation depends on the server, which is known once it is connected to."""


@compiles(_ExactText)
def _exact_text(kind: _ExactText, compiler: Any, **_: Any) -> str:
    return f"VARCHAR({kind.length}) CHARACTER SET utf8mb4 COLLATE {exact_collation(compiler.dialect)}"


Name = Text().with_variant(mysql.VARCHAR(64, charset="ascii", collation="ascii_bin"), *_MYSQL)
"""Our own text in a key: a run, a status, a metric. MySQL needs a length to index text."""

Identifier = Text().with_variant(_ExactText(MOST_CHARACTERS), *_MYSQL)
"""The user's text in a key: a customer, a series."""


Single: TypeEngine[float] = REAL().with_variant(Double(), *_MYSQL)
"""A number of which seven digits suffice, in half the bytes on PostgreSQL; MySQL would show six of them."""


class UtcDateTime(TypeDecorator[datetime.datetime]):
    """A time in UTC, to the microsecond; databases without time zones keep it as a naive UTC time."""

    impl = DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), *_MYSQL)
    cache_ok = True

    def process_bind_param(self, value: datetime.datetime | None, dialect: Dialect) -> datetime.datetime | None:
        """To the database: converted to UTC; without the offset where the database keeps none."""
        if value is None:
            return None
        moment = value.astimezone(datetime.UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime.datetime | None, dialect: Dialect) -> datetime.datetime | None:
        """From the database: always aware, always UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=datetime.UTC) if value.tzinfo is None else value.astimezone(datetime.UTC)
