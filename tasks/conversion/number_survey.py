"""How the numbers of a whole column are written, found from the texts; where two readings are possible, it is refused.

``12,50`` has a decimal comma, ``1.234.567`` has dots between thousands. ``1.020`` can be either, and would otherwise be
loaded a thousand times too small or too large without a word.
"""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from nightcast.errors import InputError
from tasks.conversion.number_forms import (
    APOSTROPHES,
    CURRENCY,
    SEPARATORS,
    SPACES,
    NumberForm,
    cleaned,
    grouping,
    written_form,
)

MOST_STRAYS = 0.01
"""The greatest share of distinct numbers in another form: more are no typing errors, and which form counts is open."""

_SAME_CURRENCY = {"\u20ac": "EUR", "\u00a3": "GBP", "$": "USD", "US$": "USD", "\u20b9": "INR", "Fr.": "CHF"}
_NAMES = {".": "dots", ",": "commas"}
_DECIMALS = {".": "decimal points", ",": "decimal commas"}


class NumberSurvey:
    """Gathers how the numbers of a column are written.

    Args:
        column: the file's name of the column, for messages.
        thousands: what stands between thousands and is neither a dot nor a comma; None: not known.
    """

    def __init__(self, column: str, thousands: str | None = None) -> None:
        self._column, self._chosen_thousands = column, thousands
        self._decimal, self._thousands, self._open = (dict.fromkeys(SEPARATORS, 0) for _ in range(3))
        self._examples: dict[tuple[str, str], str] = {}
        self._currencies: set[str] = set()

    def add(self, texts: pa.Array) -> None:
        """Look at more texts of the column, shape (n,)."""
        distinct = texts.unique()
        is_clean = pc.match_substring_regex(distinct, r"^[+-]?[\d.,]+$")
        others = distinct.filter(pc.invert(is_clean))
        self._note_currencies(others)
        numbers = pa.concat_arrays([distinct.filter(is_clean), cleaned(others)])
        numbers = numbers.filter(pc.match_substring_regex(numbers, "[.,]"))
        for separator, other in SEPARATORS.items():
            patterns = _patterns(separator, other)
            self._count(self._open, separator, "open", numbers, patterns["open"])
            self._count(self._thousands, separator, "thousands", numbers, patterns["thousands"])
            unclear = pc.match_substring_regex(numbers, patterns["open"])
            self._count(self._decimal, separator, "decimal", numbers.filter(pc.invert(unclear)), patterns["decimal"])

    def form(self) -> NumberForm:
        """The form of the column's numbers.

        Raises:
            InputError: if they can be read in two ways, or their currencies differ.
        """
        if len(self._currencies) > 1:
            listed = ", ".join(sorted(self._currencies))
            raise InputError(
                f"The numbers of {self._column} are in several currencies: {listed}.",
                "Convert them to one currency, or load those of one with --where COLUMN=VALUE.",
            )
        evidence = {decimal: self._decimal[decimal] + self._thousands[other] for decimal, other in SEPARATORS.items()}
        if self._chosen_thousands is not None:
            evidence = {decimal: evidence[decimal] + self._open[decimal] for decimal in SEPARATORS}
        if min(evidence.values()) > MOST_STRAYS * sum(evidence.values()):
            raise self._mixed()
        decimal = max(evidence, key=lambda separator: (evidence[separator], separator == "."))
        if self._chosen_thousands is None:
            self._require_clear(decimal, is_known=evidence[decimal] > 0)
        return written_form(decimal, self._chosen_thousands)

    def misread(self) -> str:
        """How numbers may be meant otherwise than programs read them, in a sentence; empty if they are clear."""
        evidence = {decimal: self._decimal[decimal] + self._thousands[other] for decimal, other in SEPARATORS.items()}
        is_clear = evidence["."] > 0 and evidence[","] <= MOST_STRAYS * sum(evidence.values())
        return "" if is_clear or not self._open["."] else self._open_reading(".").reason

    def note(self) -> str | None:
        """What a person should know about the form, if it is not the plain one."""
        form = self.form()
        example = self._examples.get(("decimal", ",")) or self._examples.get(("thousands", "."))
        if form.decimal == "." or example is None:
            return None
        value = form.plain(pa.array([example]))[0].as_py()
        return f"The numbers of {self._column} have decimal commas: {example} is {value}."

    def _require_clear(self, decimal: str, *, is_known: bool) -> None:
        """Check that no number can be read in another way: groups of thousands need a number that shows them."""
        other = SEPARATORS[decimal]
        if not is_known and self._open[decimal]:
            raise self._open_reading(decimal)
        if self._open[other] and not self._thousands[other]:
            raise self._open_reading(other)

    def _open_reading(self, separator: str) -> InputError:
        example = self._examples["open", separator]
        whole, fraction = example.replace(separator, ""), float(example.replace(separator, "."))
        beside = self._examples.get(("decimal", SEPARATORS[separator]))
        besides = f" Beside it stands {beside!r}." if beside else ""
        return InputError(
            f"The numbers of {self._column} can be read in two ways: {example!r} is {whole} if {_NAMES[separator]} "
            f"stand between thousands, and {fraction:g} if they are {_DECIMALS[separator]}.{besides}",
            f'Say which: --thousands "{separator}" or --decimal "{separator}".',
        )

    def _mixed(self) -> InputError:
        shown = [
            self._examples.get(("decimal", decimal)) or self._examples.get(("thousands", other), "")
            for decimal, other in SEPARATORS.items()
        ]
        return InputError(
            f"The numbers of {self._column} mix two forms: {shown[0]!r} has a decimal point, {shown[1]!r} a decimal "
            "comma.",
            'Say which is right with --decimal "." or --decimal ","; rows in the other form are then rejected.',
        )

    def _count(self, tally: dict[str, int], separator: str, kind: str, numbers: pa.Array, pattern: str) -> None:
        found = numbers.filter(pc.match_substring_regex(numbers, pattern).fill_null(False))
        tally[separator] += len(found)
        if len(found):
            self._examples.setdefault((kind, separator), found[0].as_py())

    def _note_currencies(self, texts: pa.Array) -> None:
        pattern = rf"^[+-]?\s*(?P<before>{CURRENCY})?\s*[+-]?[\d.,][^\pL]*?\s*(?P<after>{CURRENCY})?\s*-?$"
        found = pc.extract_regex(pc.utf8_trim_whitespace(texts), pattern)
        for place in ("before", "after"):
            signs = pc.struct_field(found, place).unique().to_pylist()
            self._currencies |= {_SAME_CURRENCY.get(sign, sign) for sign in signs if sign}


def _patterns(separator: str, other: str) -> dict[str, str]:
    """Regular expressions of cleaned numbers: separators of thousands, decimal separators, and what can be both."""
    one, two = re.escape(separator), re.escape(other)
    spaced = rf"\d{{1,3}}(?:[{SPACES}{APOSTROPHES}]\d{{3}})+"
    grouped = grouping(separator)
    return {
        "open": rf"^[+-]?[1-9]\d{{0,2}}{one}\d{{3}}$",
        "thousands": rf"^[+-]?(?:{grouped}{two}\d+|\d{{1,3}}(?:{one}\d{{2,3}})+{one}\d{{3}})$",
        "decimal": rf"^[+-]?(?:\d*|{spaced}){one}\d+(?:[eE][+-]?\d+)?$",
    }
