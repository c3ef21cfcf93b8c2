"""Partitions of a source: the rows whose moments are of one day, or begin with the same ten characters.

The partition of a row follows from its moment as the database has it, without any time zone, so that the database and
this program agree on it. Its name is text: the number of days since 1970-01-01 where the column holds dates or
timestamps (in UTC where they have an offset), the ten characters elsewhere, empty where there is no moment.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from numpy.typing import NDArray

from sql.source.expressions import UNREADABLE, mysql_expression, postgresql_expression
from sql.source.lookup import SourceRelation

Expression = sa.ColumnElement[Any]

CHARACTERS = 10
"""Of a text that name its partition: those of a date in ISO 8601."""

NOWHERE = -1
"""The partition of a row that belongs to none of those that are known."""

MOST_STRETCHES = 100
"""Stretches of days with which a moment is compared."""

_DAY_MICROSECONDS = 86_400_000_000
_EPOCH = datetime.date(1970, 1, 1)


def has_days(source: SourceRelation, moment: str) -> bool:
    """Whether the partitions of a source are days, and not the beginnings of texts."""
    return source.types[moment] in ("date", "timestamp", "timestamptz")


def day_of(source: SourceRelation, moment: str) -> Expression:
    """The date of a moment of PostgreSQL."""
    plain: Expression = sa.column(moment)
    zoned = source.types[moment] == "timestamptz"
    return sa.cast(sa.func.timezone(sa.literal_column("'UTC'"), plain) if zoned else plain, sa.Date)


def beginning_of(dialect: str, source: SourceRelation, moment: str) -> Expression:
    """The first characters of a moment, as bytes where the database would compare texts by a language's rules."""
    plain: Expression = sa.column(moment)
    if dialect == "sqlite":
        # Not the moment as it is read, which takes longer: where they differ, the partition is read by every night.
        return sa.func.substr(sa.func.coalesce(sa.cast(plain, sa.Text), ""), 1, CHARACTERS)
    if dialect == "postgresql":
        text = sa.func.coalesce(postgresql_expression(plain, "moment", source.types[moment]), "")
        return sa.collate(sa.func.left(text, CHARACTERS), "C")
    text = sa.func.coalesce(mysql_expression(plain, "moment", source.types[moment]), "")
    return sa.cast(sa.func.left(text, CHARACTERS), sa.LargeBinary)


def restricted(
    dialect: str, source: SourceRelation, moment: str, wanted: Collection[str], known: Collection[str]
) -> SourceRelation:
    """The source with the rows of some partitions alone.

    Args:
        dialect: the kind of the database.
        source: the source.
        moment: the name of its column of moments.
        wanted: the partitions to read.
        known: all others; each of them can be named.
    """
    is_short = len(wanted) <= len(known) and all(map(is_nameable, wanted))
    names = sorted(wanted if is_short else known)
    if not has_days(source, moment):
        found = beginning_of(dialect, source, moment)
        named = found.in_([_literal(dialect, name) for name in names])
        return replace(source, condition=named if is_short else ~named)
    chosen = _of_days(source, moment, [int(name) for name in names if name])
    without = ~sa.func.isfinite(sa.column(moment)) | sa.column(moment).is_(None)
    if is_short:
        return replace(source, condition=chosen | without if "" in names else chosen)
    return replace(source, condition=~(chosen | without if "" in names else chosen & ~without))


def _of_days(source: SourceRelation, moment: str, days: list[int]) -> sa.ColumnElement[bool]:
    """Whether a moment of PostgreSQL is of some days: by comparing it, which an index serves, unless they are many."""
    numbers = np.unique(np.array(days, dtype=np.int64))
    stretches = np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1) if numbers.size else []
    if len(stretches) > MOST_STRETCHES:
        return day_of(source, moment).in_([sa.literal_column(f"DATE '{_date(day)}'") for day in numbers.tolist()])
    plain: Expression = sa.column(moment)
    ends = [
        (_midnight(source, moment, int(part[0]), 0), _midnight(source, moment, int(part[-1]), 1)) for part in stretches
    ]
    return sa.or_(sa.false(), *((plain >= first) & (plain < end) for first, end in ends))


def _midnight(source: SourceRelation, moment: str, day: int, days_later: int) -> Expression:
    """The beginning of a day, or of one later, as a value of the column's type."""
    text = f"(TIMESTAMP '{_date(day)}' + INTERVAL '{days_later} day')"
    return sa.literal_column(f"({text} AT TIME ZONE 'UTC')" if source.types[moment] == "timestamptz" else text)


def is_nameable(name: str) -> bool:
    """Whether a statement can name a partition: a day that Python does not know it cannot, or what is no text."""
    if not name.lstrip("-").isdigit():
        return UNREADABLE not in name
    return (datetime.date.min - _EPOCH).days <= int(name) <= (datetime.date.max - _EPOCH).days


def _date(day: int) -> datetime.date:
    return _EPOCH + datetime.timedelta(days=day)


def _literal(dialect: str, name: str) -> Any:
    return sa.literal_column(f"X'{name.encode().hex()}'") if dialect in ("mysql", "mariadb") else name


def partition_of(moments: pa.Array, names: Sequence[str]) -> NDArray[np.int32]:
    """The place of each moment's partition among the names, (n,); `NOWHERE` where it is not among them."""
    if pa.types.is_date(moments.type):
        return _place_of_day(moments.cast(pa.date32()).cast(pa.int32()), names)
    if pa.types.is_timestamp(moments.type):
        microseconds = moments.cast(pa.timestamp("us", moments.type.tz), safe=False).cast(pa.int64())
        days = np.asarray(microseconds.fill_null(0)) // _DAY_MICROSECONDS
        return _place_of_day(pa.array(days, mask=np.asarray(moments.is_null())), names)
    beginnings = pc.utf8_slice_codeunits(moments.fill_null(""), 0, CHARACTERS)
    places = pc.index_in(beginnings, value_set=pa.array(names, pa.string()))
    return np.asarray(places.fill_null(NOWHERE), dtype=np.int32)


def _place_of_day(days: pa.Array, names: Sequence[str]) -> NDArray[np.int32]:
    known = sorted((int(name), place) for place, name in enumerate(names) if name)
    if not known:
        return np.full(len(days), names.index("") if "" in names else NOWHERE, dtype=np.int32)
    first, last = known[0][0], known[-1][0]
    number = np.asarray(days.fill_null(first)).astype(np.int64)
    if last - first < 100_000:  # a table of all days between takes a tenth of the time of a search
        table = np.full(last - first + 2, NOWHERE, dtype=np.int32)
        table[[day - first for day, _ in known]] = [place for _, place in known]
        inside = (number >= first) & (number <= last)
        place = table[np.where(inside, number - first, -1)]
    else:
        sorted_days, places = np.array(known, dtype=np.int64).T
        at = np.minimum(np.searchsorted(sorted_days, number), len(known) - 1)
        place = np.where(sorted_days[at] == number, places[at], NOWHERE).astype(np.int32)
    if days.null_count:
        place[np.asarray(days.is_null())] = names.index("") if "" in names else NOWHERE
    return place
