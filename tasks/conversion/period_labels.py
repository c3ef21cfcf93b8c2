"""Labels of weeks, quarters and months that are no dates: ``2023-W01``, ``2023-Q1``, ``2023-M01``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_WEEK = r"^(?P<year>\d{4})[- ]?[Ww](?P<part>\d{1,2})$"
_QUARTER = r"^(?P<year>\d{4})[- /]?[Qq](?P<part>[1-4])$"
_MONTH = r"^(?P<year>\d{4})[- ]?[Mm](?P<part>\d{1,2})$"
_QUARTER_FIRST = r"^[Qq](?P<part>[1-4])[- /](?P<year>\d{4})$"
_ANY = r"^(?:\d{4}[- /]?[WwQqMm]\d{1,2}|[Qq][1-4][- /]\d{4})$"


def first_days(moments: pa.Array) -> pa.Array:
    """The same array with the first day in place of each label of a period; of a week in ISO 8601, its Monday.

    Args:
        moments: of any type; other types than text hold no labels. Shape (n,).
    """
    if not (pa.types.is_string(moments.type) or pa.types.is_large_string(moments.type)):
        return moments
    texts = pc.utf8_trim_whitespace(moments)
    is_label = pc.match_substring_regex(texts, _ANY).fill_null(False)
    if not pc.any(is_label).as_py():
        return moments
    for pattern, first_day in (
        (_WEEK, _mondays),
        (_QUARTER, _first_of_quarters),
        (_QUARTER_FIRST, _first_of_quarters),
        (_MONTH, _first_of_months),
    ):
        found = pc.extract_regex(texts, pattern)
        rows = np.flatnonzero(np.asarray(found.is_valid()))
        if rows.size:
            year, part = (_numbers(found, name, rows) for name in ("year", "part"))
            dates = pa.array(first_day(year, part)).cast(texts.type)  # null for a week 54
            mask = np.zeros(len(texts), dtype=np.bool_)
            mask[rows] = True
            texts = pc.replace_with_mask(texts, pa.array(mask), dates)
    return texts


def _numbers(found: Any, name: str, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    numbers: NDArray[np.int64] = np.asarray(pc.struct_field(found, name).take(pa.array(rows)).cast(pa.int64()))
    return numbers


def _mondays(year: NDArray[np.int64], week: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """The Mondays of weeks, NaT for a week that the year does not have: the Thursday of a week lies in its year."""
    fourth_of_january = _januaries(year).astype("datetime64[D]") + np.timedelta64(3, "D")
    weekday = (fourth_of_january.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    monday = fourth_of_january - weekday + 7 * (week - 1)
    thursday_year = (monday + 3).astype("datetime64[Y]").astype(np.int64) + 1970
    return np.where((week >= 1) & (thursday_year == year), monday, np.datetime64("NaT"))


def _first_of_quarters(year: NDArray[np.int64], quarter: NDArray[np.int64]) -> NDArray[np.datetime64]:
    return _first_of_months(year, 3 * quarter - 2)


def _first_of_months(year: NDArray[np.int64], month: NDArray[np.int64]) -> NDArray[np.datetime64]:
    first = (_januaries(year) + (month - 1)).astype("datetime64[D]")
    return np.where((month >= 1) & (month <= 12), first, np.datetime64("NaT"))


def _januaries(year: NDArray[np.int64]) -> NDArray[np.datetime64]:
    return (year - 1970).astype("datetime64[Y]").astype("datetime64[M]")
