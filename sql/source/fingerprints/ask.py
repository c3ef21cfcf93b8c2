"""Fingerprints: the number of rows of each partition of a source, and a digest of what is read from them.

A row that is added, changed or removed changes the digest. The order of rows does not matter; on SQLite, only that in
which a table holds them does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.exc import DBAPIError

from nightcast.errors import first_line
from sql.connection.failures import is_connection_error, is_connection_state
from sql.connection.snapshot import Snapshot
from sql.source.expressions import WHOLE, mysql_expression, postgresql_expression
from sql.source.fingerprints.digests import SQLITE_DIGEST, mysql_digest, postgresql_digest, register_digest
from sql.source.fingerprints.partitions import beginning_of, day_of, has_days
from sql.source.lookup import SourceRelation
from sql.source.reading import WantedColumn

Expression = sa.ColumnElement[Any]


_CANNOT = "the database cannot compute fingerprints of it"


class NoFingerprintsError(Exception):
    """The database cannot give fingerprints of a source; the message says why."""


@dataclass(frozen=True)
class Fingerprint:
    """What a partition holds.

    Attributes:
        rows: the number of its rows.
        digest: equal for equal rows.
    """

    rows: int
    digest: str


def fingerprints(snapshot: Snapshot, source: SourceRelation, columns: Sequence[WantedColumn]) -> dict[str, Fingerprint]:
    """The fingerprint of each partition, by its name.

    Args:
        snapshot: the state of the database to ask.
        source: the source.
        columns: the columns that are read, among them one moment.

    Raises:
        NoFingerprintsError: if the database cannot compute them, or a column of numbers holds texts, which are read by
            rules that look at all of them.
    """
    moment = next(column.name for column in columns if column.kind == "moment")
    if snapshot.dialect == "postgresql":
        rows = _on_postgresql(snapshot, source, columns, moment)
    else:
        rows = _by_cursor(snapshot, source, columns, moment)
    return _joined(rows)


def _joined(rows: Iterable[tuple[str, int, Any]]) -> dict[str, Fingerprint]:
    """The rows by name: infinite days, and rows without one, are one partition."""
    found: dict[str, Fingerprint] = {}
    for name, number, digest in sorted((str(name), int(number), str(digest)) for name, number, digest in rows):
        before = found.get(name)
        found[name] = Fingerprint(number, digest)
        if before is not None:
            found[name] = Fingerprint(before.rows + number, f"{before.digest} {digest}")
    return found


def _on_postgresql(
    snapshot: Snapshot, source: SourceRelation, columns: Sequence[WantedColumn], moment: str
) -> list[tuple[str, int, Any]]:
    import adbc_driver_manager.dbapi as manager

    days = has_days(source, moment)
    key = day_of(source, moment) if days else beginning_of("postgresql", source, moment)
    digest = sa.func.sum(postgresql_digest(_postgresql_values(source, columns)))
    parts = source.select(key.label("key"), sa.func.count().label("rows"), digest.label("digest"))
    parts_by_key = parts.group_by(sa.literal_column("1")).subquery()
    name: Expression = parts_by_key.c.key
    if days:
        number = name - sa.literal_column("DATE '1970-01-01'")
        finite = sa.case((sa.func.isfinite(name), sa.cast(number, sa.Text)))
        name = sa.func.coalesce(finite, sa.literal_column("''"))
    statement = sa.select(name, parts_by_key.c.rows, sa.cast(parts_by_key.c.digest, sa.Text))
    dialect = PGDialect(paramstyle="named")  # type: ignore[no-untyped-call]
    text = str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    try:
        return list(zip(*(column.to_pylist() for column in snapshot.fetch(text)), strict=True))
    except (manager.Error, OSError) as error:
        if is_connection_state(getattr(error, "sqlstate", None) or ""):
            raise
        raise NoFingerprintsError(f"{_CANNOT} ({first_line(error)})") from None


def _postgresql_values(source: SourceRelation, columns: Sequence[WantedColumn]) -> list[tuple[Expression, str]]:
    """Each column as it is read, and its type then."""
    return [_postgresql_value(column, source.types[column.name]) for column in columns]


def _postgresql_value(column: WantedColumn, type_name: str) -> tuple[Expression, str]:
    plain: Expression = sa.column(column.name)
    if column.kind == "number":
        if type_name == "numeric":  # equal decimals are equal doubles
            return plain, type_name
        if type_name not in (*WHOLE, "float4", "float8", "money"):
            raise NoFingerprintsError("its numbers are texts")
        return postgresql_expression(plain, "number", type_name), "float8"
    kind = "whole" if type_name in WHOLE and column.kind == "subject" else _kind(column)
    read = postgresql_expression(plain, kind, type_name)
    return read, type_name if read is plain else "text"


def _by_cursor(
    snapshot: Snapshot, source: SourceRelation, columns: Sequence[WantedColumn], moment: str
) -> list[tuple[str, int, Any]]:
    key = beginning_of(snapshot.dialect, source, moment)
    numbers = [column.name for column in columns if column.kind == "number"]
    if snapshot.dialect == "sqlite":
        register_digest(snapshot.connection)
        digest: Expression = sa.Function(SQLITE_DIGEST, *(sa.column(one.name) for one in columns))
        texts = [sa.func.max(sa.func.typeof(sa.column(name)).in_(("text", "blob"))) for name in numbers]
    else:
        if any(source.types[name] == "text" for name in numbers):
            raise NoFingerprintsError("its numbers are texts")
        values = [mysql_expression(sa.column(one.name), _kind(one), source.types[one.name]) for one in columns]
        digest, texts = sa.func.sum(mysql_digest(values)), []
    statement = source.select(key, sa.func.count(), digest, *texts).group_by(sa.literal_column("1"))
    try:
        rows = snapshot.connection.execute(statement).all()
    except DBAPIError as error:
        if is_connection_error(error):
            raise
        raise NoFingerprintsError(
            f"the database cannot compute fingerprints of it ({first_line(error.orig)})"
        ) from None
    if texts and any(row[3] for row in rows):
        raise NoFingerprintsError("its numbers are texts")
    return [(_text(row[0]), row[1], row[2]) for row in rows]


def _kind(column: WantedColumn) -> str:
    return "identifier" if column.kind == "subject" else column.kind


def _text(name: str | bytes) -> str:
    return name.decode(errors="replace") if isinstance(name, bytes) else name
