"""What a sample says of a column: whether it holds moments, numbers or identifiers."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nightcast.values import to_day
from tasks.conversion.date_proposals import proposed_formats
from tasks.conversion.moments import to_wall_clock
from tasks.proposing import words

MOST = 0.95
"""The share of values that have to be of a kind."""

EXAMPLES = 60

_CURRENCY = "(?:[€$£]|EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|CZK|HUF|RON|TRY|JPY|CNY|INR|AUD|CAD|NZD|ZAR|BRL|MXN)?"
_NUMBER = rf"^\s*[-+]?\s*{_CURRENCY}\s*[-+]?\d[\d.,' ]*\s*{_CURRENCY}\s*$"
_LIKE_A_MOMENT = r"\d[-./ :TWQ].*\d|^\s*\d{8}\s*$|^\s*\w{3,9}[ -]\d{2,4}\s*$"
"""What is not like this is not worth the time of trying all formats."""

_WHOLE = r"^-?\d+(?:\.0+)?$"
_MONTHS = "jan feb mar maer mrz apr may mai mag jun giu jul lug aug ago sep set oct okt ott nov dec dez dic"
_PERIOD = re.compile(
    rf"(?:[a-z]+_?)?(?:19|20)\d\d(?:_?(?:[mq]?\d\d?))?|(?:{_MONTHS.replace(' ', '|')})[a-z]*(?:_?(?:20)?\d\d)?"
)
_DAY = 86_400_000_000
_NO_SECONDS = ("id", "no", "nr", "num", "number", "nummer", "code", "ref", *words.AMOUNT)
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
        counted: of more rows than the sample has, how many have a value, and how many different ones there are.
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
    counted: tuple[int, int] | None = None

    @property
    def filled(self) -> float:
        """The share of rows that have a value."""
        return len(self.values) / self.rows if self.rows else 0.0

    @property
    def is_alone(self) -> bool:
        """Whether no value occurs twice, but for errors: of many customers few come again within a sample."""
        rows, distinct = self.repeats
        return rows > 0 and rows - distinct <= 0.001 * rows

    @property
    def repeats(self) -> tuple[int, int]:
        """How many rows have a value, and how many different values they have, in as many rows as were read."""
        return self.counted or (len(self.values), self.distinct)

    @property
    def is_address(self) -> bool:
        """Whether it holds addresses of mail."""
        return len(self.values) > 0 and _share(self.values, r"^[^@\s]+@[^@\s]+$") >= MOST


def columns_of(values: Mapping[str, pa.Array], types: Mapping[str, str], now: datetime.datetime) -> dict[str, Column]:
    """The columns of a sample by their names.

    Args:
        values: texts of each column, each of shape (n,).
        types: the declared type of each column; empty text where there is none.
        now: the clock, aware.
    """
    return {name: _column(name, column, types.get(name, ""), now) for name, column in values.items()}


def columns_of_periods(names: Iterable[str]) -> str:
    """What is wrong with a table that has a column for each month, quarter or year; empty if it has not."""
    periods = [name for name in names if _PERIOD.fullmatch(words.plain(name))]
    if len(periods) < 3:
        return ""
    return f"has a column for each period ({', '.join(periods[:2])}, ...), where a row for each of them is needed"


def _column(name: str, values: pa.Array, kind: str, now: datetime.datetime) -> Column:
    texts = values.filter(pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(values)), 0).fill_null(False))
    column = Column(name, texts, len(values), len(texts.unique()))
    if not len(texts):
        return column
    is_number = _share(texts, _NUMBER) >= MOST
    # SQLite calls the dates of a table made by CREATE TABLE ... AS numbers.
    if not is_number or not any(part in kind for part in _NO_DATES) or "INTERVAL" in kind:
        column = _as_moments(column, now)
    if not column.is_moment and is_number and words.says(name, words.MOMENT) and not words.says(name, _NO_SECONDS):
        column = _as_seconds(column, now)
    if column.is_moment:
        return column
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


def _as_seconds(column: Column, now: datetime.datetime) -> Column:
    """The column as moments, if it counts seconds since 1970, as no identifier with the name of a moment does."""
    formats = proposed_formats(column.values.unique()[:EXAMPLES].to_pylist(), now)
    if formats not in (["epoch-seconds"], ["epoch-milliseconds"]):
        return column
    today = to_day(now.date())
    return _with(column, is_moment=True, is_timed=True, has_offset=True, formats=(*formats,), first=today, last=today)


def _with(column: Column, **changes: object) -> Column:
    return replace(column, **changes)  # type: ignore[arg-type]


def _share(texts: pa.Array, pattern: str) -> float:
    return float(pc.mean(pc.match_substring_regex(texts, pattern).cast(pa.float64())).as_py() or 0.0)
