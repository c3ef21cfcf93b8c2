"""A hash of identifiers that a database and this program compute alike, so that a part of all customers can be read.

It depends on the text of an identifier alone. A whole number of at most 18 digits is hashed by its bits, which costs a
database next to nothing; any other text by MD5, which every database has. Neither guards anything.
"""

from __future__ import annotations

import hashlib
import re

BITS = 28
HASHES = 1 << BITS
"""The number of hashes: they are 0, 1, ... below it."""

SQLITE_FUNCTION = "nightcast_hash"
"""The name of `hash_of` in SQLite, which has no such function."""

WHOLE_NUMBER = "^(0|-?[1-9][0-9]{0,17})$"
HALF, MASK = 20, 2**20 - 1
LOW, HIGH = 2_654_435_761, 2_246_822_519
"""Multipliers that spread consecutive numbers evenly (Knuth, The Art of Computer Programming 3, section 6.4)."""

KEPT = 2**32 - 1
DIGITS = BITS // 4

_is_whole_number = re.compile(WHOLE_NUMBER.encode()).match


def hash_of(text: bytes | None) -> int | None:
    """The hash of one identifier in UTF-8; None for none."""
    if text is None:
        return None
    if _is_whole_number(text):
        number = int(text)
        return ((number & MASK) * LOW + (number >> HALF & MASK) * HIGH & KEPT) >> 32 - BITS
    return hash_of_text(text)


def hash_of_text(text: bytes) -> int:
    """The hash of a text that is no whole number."""
    return int(hashlib.md5(text, usedforsecurity=False).hexdigest()[:DIGITS], 16)
