"""What a sample says of a column: whether it holds moments, numbers or identifiers."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nightcast.values import to_day
from tasks.conversion.date_proposals import proposed_formats
from tasks.conversion.moments import to_wall_clock

MOST = 0.95
"""The share of values that have to be of a kind."""

EXAMPLES = 60

_NUMBER = r"^\s*[-+]?\s*(?:[€$£]|[A-Z]{3})?\s*[-+]?\d[\d.,' ]*\s*(?:[€$£]|[A-Z]{3})?\s*$"
_LIKE_A_MOMENT = r"\d[-./ :TWQ].*\d|^\s*\d{8}\s*$|^\s*\w{3,9}[ -]\d{2,4}\s*$"
"""What is not like this is not worth the time of trying all formats."""

_WHOLE = r"^-?\d+(?:\.0+)?$"
_DAY = 86_400_000_000
_NO_DATES = ("INT", "NUM", "DEC", "REAL", "FLOAT", "DOUBLE", "BOOL", "MONEY", "SERIAL")


@dataclass(frozen=True)
class Column:
    """A column and its values in the sample.

    Attributes:
        name: its name.
        values: its values as text without nulls, in the order of the sample.
        rows: the rows of the sample.
        distinct: how many different values it has.
        is_moment: whether it holds dates or timestamps.
        is_number: whether it holds numbers.
        is_whole: whether all of them are whole numbers.
        is_timed: whether its moments have a time of day.
        has_offset: whether its moments have an offset.
        first: the day of its earliest moment, since 1970-01-01.
        last: that of its latest.
        ahead: the share of its moments after the clock.
        formats: the formats that would read its dates, if they are not in ISO 8601; several where that is not clear.
    """

    name: str
    values: pa.Array
    rows: int
    distinct: int
    is_moment: bool = False
    is_number: bool = False
    is_whole: bool = False
    is_timed: bool = False
    has_offset: bool = False
    first: int = 0
    last: int = 0
    ahead: float = 0.0
    formats: tuple[str, ...] = ()

    @property
    def filled(self) -> float:
        """The share of rows that have a value."""
        return len(self.values) / self.rows if self.rows else 0.0

    @property
    def is_alone(self) -> bool:
        """Whether no value occurs twice, but for errors: of many customers few come again within a sample."""
        return len(self.values) > 0 and len(self.values) - self.distinct <= 0.001 * len(self.values)


def columns_of(values: Mapping[str, pa.Array], types: Mapping[str, str], now: datetime.datetime) -> dict[str, Column]:
    """The columns of a sample by their names.

    Args:
        values: texts of each column, each of shape (n,).
        types: the declared type of each column; empty text where there is none.
        now: the clock, aware.
    """
    return {name: _column(name, column, types.get(name, ""), now) for name, column in values.items()}


def _column(name: str, values: pa.Array, kind: str, now: datetime.datetime) -> Column:
    texts = values.filter(pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(values)), 0).fill_null(False))
    column = Column(name, texts, len(values), len(texts.unique()))
    if not len(texts):
        return column
    if not any(part in kind for part in _NO_DATES) or "INTERVAL" in kind:
        column = _as_moments(column, now)
    if column.is_moment:
        return column
    is_number = _share(texts, _NUMBER) >= MOST
    return _with(column, is_number=is_number, is_whole=is_number and _share(texts, _WHOLE) == 1)


def _as_moments(column: Column, now: datetime.datetime) -> Column:
    """The column with what its moments say, if they are moments: in ISO 8601, or in another format."""
    texts = column.values
    if _share(texts, _LIKE_A_MOMENT) < MOST / 2:
        return column
    if _share(texts, r"^\d+$") > 0.5 and _share(texts, r"^(?:19|20)\d{6}$") < MOST:
        return column
    clock = to_wall_clock(texts, "UTC", now)
    good = ~clock.unreadable
    if good.mean() >= MOST:
        moments = clock.microseconds[good]
        return _with(
            column,
            is_moment=True,
            is_timed=bool((~clock.is_date[good] & (moments % _DAY != 0)).mean() > 0.5),
            has_offset=_share(texts, r"\d(?:Z|[+-]\d{2}(?::?\d{2})?)$") > 0.5 and not bool(clock.is_date.all()),
            first=int(np.quantile(moments, 0.01) // _DAY),
            last=int(np.quantile(moments, 0.99) // _DAY),
            ahead=float((moments // _DAY > to_day(now.date())).mean()),
        )
    formats = proposed_formats(texts.unique()[:EXAMPLES].to_pylist(), now)
    if not formats or formats[0] in ("excel", "epoch-seconds", "epoch-milliseconds"):
        return column
    return _with(
        column,
        is_moment=True,
        is_timed=":" in str(texts[0]),
        formats=tuple(formats),
        first=to_day(now.date()),
        last=to_day(now.date()),
    )


def _with(column: Column, **changes: object) -> Column:
    return replace(column, **changes)  # type: ignore[arg-type]


def _share(texts: pa.Array, pattern: str) -> float:
    return float(pc.mean(pc.match_substring_regex(texts, pattern).cast(pa.float64())).as_py() or 0.0)
