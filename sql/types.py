"""Column types that differ between databases."""

from __future__ import annotations

import datetime

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeDecorator

_MYSQL = ("mysql", "mariadb")
_EXACT = "utf8mb4_bin"
"""A collation that distinguishes ``a``, ``A`` and ``ä``, as the other databases do by default."""

Name = Text().with_variant(mysql.VARCHAR(64, charset="ascii", collation="ascii_bin"), *_MYSQL)
"""Our own text in a key: a run, a status, a metric. MySQL needs a length to index text."""

Identifier = Text().with_variant(mysql.VARCHAR(255, charset="utf8mb4", collation=_EXACT), *_MYSQL)
"""The user's text in a key: a customer, a series. On MySQL at most 255 characters; final spaces are ignored."""


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
