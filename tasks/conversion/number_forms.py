"""Numbers as people write them: decimal commas, separators of thousands, currencies, minus signs at the end."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from nightcast.errors import UsageError

SEPARATORS = {".": ",", ",": "."}
"""A decimal separator, and the one that then stands between thousands."""

SPACES = " \u00a0\u2009\u202f"
APOSTROPHES = "'\u2019"

CURRENCY = (
    r"(?:US|C|A|R)?\p{Sc}|CHF|EUR|USD|GBP|JPY|CAD|AUD|NZD|SEK|NOK|DKK|ISK|PLN|CZK|HUF|RON|BGN|TRY|INR|CNY|BRL|MXN|ZAR"
    r"|SGD|HKD|Fr\.|Rs\.?|kr\.?|zł|Kč|Ft"
)
"""A regular expression of signs and codes of currencies."""

_PLAIN = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$"

_CLEANING = (
    ("[\u2212\u2013\ufe63\uff0d]", "-"),  # minus signs and dashes
    (r"^\((.*)\)$", r"-\1"),  # a loss in accounts
    (rf"^([+-]?)\s*(?:{CURRENCY})\s*", r"\1"),
    (rf"\s*(?:{CURRENCY})\s*(-?)$", r"\1"),
    (r"[.,]--?$", ""),  # 12.- and 12,-- are whole amounts
    (r"^([^+-].*?)\s*-$", r"-\1"),  # 12.50- in accounts
    (r"^([+-])\s+", r"\1"),
)


@dataclass(frozen=True)
class NumberForm:
    """How numbers are written in a column of texts.

    Attributes:
        decimal: the decimal separator, a dot or a comma.
        thousands: the characters that may stand between groups of three digits; empty: none.
        is_written_by_people: whether currencies, signs at the end and parentheses are read as well.
    """

    decimal: str = "."
    thousands: str = ""
    is_written_by_people: bool = False

    def plain(self, texts: pa.Array) -> pa.Array:
        """Texts that programs read, such as ``-1234.5``; null where a text is no number of this form, shape (n,)."""
        if self.decimal == ".":
            is_plain = pc.match_substring_regex(texts, _PLAIN)
            plain = pc.if_else(is_plain, texts, pa.scalar(None, texts.type))
            if self.is_written_by_people:  # most rows are plain, and cleaning the others takes a hundred times longer
                others = pc.invert(is_plain)
                plain = pc.replace_with_mask(plain, others, self._cleaned_numbers(texts.filter(others)))
            return plain
        return self._cleaned_numbers(texts)

    def _cleaned_numbers(self, texts: pa.Array) -> pa.Array:
        texts = cleaned(texts)
        number = pc.if_else(pc.match_substring_regex(texts, self._pattern()), texts, pa.scalar(None, texts.type))
        if self.thousands:
            number = pc.replace_substring_regex(number, f"[{re.escape(self.thousands)}]", "")
        return pc.replace_substring(number, ",", ".") if self.decimal == "," else number

    def _pattern(self) -> str:
        decimal = re.escape(self.decimal)
        grouped = "".join(f"|{grouping(separator)}" for separator in self.thousands)
        exponent = r"(?:[eE][+-]?\d+)?"
        return rf"^[+-]?(?:(?:\d+{grouped})(?:{decimal}\d*)?|{decimal}\d+){exponent}$"


def written_form(decimal: str, thousands: str | None = None) -> NumberForm:
    """The form of numbers that people wrote, with these separators.

    Args:
        decimal: a dot or a comma.
        thousands: what stands between thousands, or ``none``; None for whatever the decimal separator leaves.
    """
    chosen = {None: SEPARATORS[decimal] + SPACES + APOSTROPHES, "none": "", "space": SPACES, "'": APOSTROPHES}
    return NumberForm(decimal, chosen.get(thousands, thousands) or "", is_written_by_people=True)


def chosen_form(decimal: str | None, thousands: str | None) -> NumberForm | None:
    """The form that the options ``--decimal`` and ``--thousands`` name; None if they leave it open.

    Raises:
        UsageError: if both are the same character.
    """
    if decimal is None and thousands in SEPARATORS:
        decimal = SEPARATORS[thousands]
    if decimal is None:
        return None
    if decimal == thousands:
        raise UsageError(
            f"--decimal and --thousands are both {decimal!r}.", "Give one of them; the other one follows from it."
        )
    return written_form(decimal, thousands)


def cleaned(texts: pa.Array) -> pa.Array:
    """Texts without currencies and spaces around a number, a minus sign in front, shape (n,)."""
    texts = pc.utf8_trim_whitespace(texts)
    for pattern, replacement in _CLEANING:
        texts = pc.replace_substring_regex(texts, pattern, replacement)
    return texts


def grouping(separator: str) -> str:
    """A regular expression of digits in groups of three; with commas also in twos, as in 12,34,567."""
    group = r"\d{2,3}" if separator == "," else r"\d{3}"
    separator = re.escape(separator)
    return rf"\d{{1,3}}(?:{separator}{group})*{separator}\d{{3}}"
