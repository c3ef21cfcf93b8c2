"""Times of day as people write them: ``9:05``, ``09.05``, ``9:05 PM``, ``0905``, ``9h05``."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_TIME = (
    r"^(?:1899-12-3[01] |1900-01-0[01] )?"  # Excel shows a time without a date as one of these days
    r"(?P<hour>\d{1,2})(?:[:.hH]?(?P<minute>\d{2}))?(?:[:.]?(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,6})\d*)?)?"
    r"\s*(?P<half>[AaPp])?(?:\.?[Mm]\.?)?$"
)
_FRACTION = r"^0?[.,]\d+$"
_SECONDS_PER_DAY = 86_400


def times_of_day(texts: pa.Array) -> pa.Array:
    """Times of day in ISO 8601, shape (n,): null where a text is none, empty where it is empty.

    A fraction below one is Excel's part of a day.
    """
    texts = pc.utf8_trim_whitespace(texts)
    times = _written(texts)
    is_fraction = pc.match_substring_regex(texts, _FRACTION)
    if pc.any(is_fraction).as_py():
        times = pc.if_else(is_fraction, _of_fractions(texts, is_fraction), times)
    return pc.if_else(pc.equal(texts, ""), "", times)


def _written(texts: pa.Array) -> pa.Array:
    parts = pc.extract_regex(texts, _TIME)
    hour, minute, second = (_digits(parts, name) for name in ("hour", "minute", "second"))
    half = pc.utf8_lower(pc.struct_field(parts, "half"))
    is_twelve_hours = pc.not_equal(half, "")
    hour = pc.if_else(is_twelve_hours, pc.add(_modulo_twelve(hour), pc.if_else(pc.equal(half, "p"), 12, 0)), hour)
    is_time = pc.and_(pc.less(hour, 24), pc.and_(pc.less(minute, 60), pc.less(second, 60)))
    whole = pc.binary_join_element_wise(*(_two_digits(part) for part in (hour, minute, second)), ":")
    fraction = pc.struct_field(parts, "fraction")
    fraction = pc.if_else(pc.equal(fraction, ""), "", pc.binary_join_element_wise(".", fraction, ""))
    return pc.if_else(is_time, pc.binary_join_element_wise(whole, fraction, ""), pa.scalar(None, pa.string()))


def _of_fractions(texts: pa.Array, is_fraction: pa.Array) -> pa.Array:
    numbers = pc.if_else(is_fraction, pc.replace_substring(texts, ",", "."), "0").cast(pa.float64())
    seconds = np.minimum(np.round(np.asarray(numbers) * _SECONDS_PER_DAY), _SECONDS_PER_DAY - 1)
    return pa.array(seconds.astype(np.int32)).cast(pa.time32("s")).cast(pa.string())


def _digits(parts: pa.Array, name: str) -> pa.Array:
    digits = pc.struct_field(parts, name)
    return pc.if_else(pc.equal(digits, ""), "0", digits).cast(pa.int32())


def _modulo_twelve(hour: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(hour, 12), 0, hour)


def _two_digits(number: pa.Array) -> pa.Array:
    return pc.utf8_lpad(number.cast(pa.string()), 2, "0")
