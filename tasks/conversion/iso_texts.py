"""Texts in ISO 8601 and close to it, brought to the one form that parsers read alike.

Parsers are generous in different ways, and take what they half understand for a midnight in UTC. Texts that do not have
exactly one of the forms below are therefore never given to them.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

_DAY = r"\d{4}-\d{1,2}-\d{1,2}"
_COMPACT_DAY = r"\d{8}"
_TIME = r"\d{1,2}(?::?\d{2}(?::?\d{2}(?:\.\d{1,9})?)?)?"
_OFFSET = r"(?:Z|[+-]\d{2}(?::?\d{2})?)"

PLAIN_MOMENT = r"^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$"
"""The most frequent forms, which need no change."""

DATE = rf"^(?:{_DAY}|{_COMPACT_DAY}|\d{{4}}(?:[-/]\d{{1,2}})?)$"
"""A date without a time; of a month or a year, its first day."""

AWARE = rf"^(?:{_DAY}|{_COMPACT_DAY})[T ].*{_OFFSET}$"
"""A moment with an offset from UTC."""

_MOMENT = rf"^(?:{_DAY}|{_COMPACT_DAY})[T ]{_TIME}(?:\s?{_OFFSET})?$"

_CHANGES = (
    *(
        (rf"^(\d{{4}}){separator}(\d{{1,2}}){separator}(\d{{1,2}})($|[T ])", r"\1-\2-\3\4")
        for separator in ("/", r"\.", " ")
    ),
    (r"(\d)z$", r"\1Z"),
    (r"(:\d{2}),(\d+)", r"\1.\2"),
    (r"([T ]\d.*[\d ])([+-])(\d)(:?\d{2})?$", r"\1\20\3\4"),
)
"""Slashes, dots and spaces between year, month and day; a decimal comma; an hour of one digit in an offset."""


def canonical(texts: pa.Array) -> pa.Array:
    """Moments in ISO 8601, empty where a text is none, shape (n,)."""
    for pattern, replacement in _CHANGES:
        texts = pc.replace_substring_regex(texts, pattern, replacement)
    is_moment = pc.or_(pc.match_substring_regex(texts, DATE), pc.match_substring_regex(texts, _MOMENT))
    return pc.if_else(is_moment, texts, pa.scalar("", texts.type))
