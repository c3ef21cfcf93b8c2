"""Rejected rows, counted by reason: no row is dropped silently."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Rejection:
    """The number of rows of a source that were rejected for one reason, with one example (identifiers masked)."""

    source: str
    reason: str
    rows: int
    example: str


class Rejections:
    """A tally of rejected rows by source and reason."""

    def __init__(self) -> None:
        self._tally: dict[tuple[str, str], Rejection] = {}

    def add(self, source: str, reason: str, rows: int, example: str) -> None:
        """Count `rows` more rows for this reason; the first example is kept."""
        if rows <= 0:
            return
        known = self._tally.get((source, reason))
        self._tally[source, reason] = Rejection(
            source, reason, rows + (known.rows if known else 0), known.example if known else example
        )

    def __iter__(self) -> Iterator[Rejection]:
        return iter(sorted(self._tally.values(), key=lambda entry: (entry.source, entry.reason)))

    @property
    def rows(self) -> int:
        """The number of rejected rows."""
        return sum(entry.rows for entry in self._tally.values())


def masked(identifier: str) -> str:
    """An identifier as examples show it: its first and last character, with at most eight asterisks between them.

    Identifiers can be e-mail addresses or card numbers, and more people read examples than sources.
    """
    if len(identifier) <= 2:
        return "*" * len(identifier)
    return f"{identifier[0]}{'*' * min(len(identifier) - 2, 8)}{identifier[-1]}"


_OWN_WORDS = re.compile(r"(line \d+: .*? is |(?:customer|series|period) )?(.*)", re.DOTALL)
_SHOWN = re.compile(
    r"|null|line \d+|line \d+: \d+ fields instead of \d+|\S?\*+\S?"
    r"|(['\"]?)\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?)?([+-]\d\d:?\d\d|Z)?\1"
)
"""Parts of an example that give nobody away: nothing, our own words, what is masked already, a date."""


def without_values(example: str) -> str:
    """An example as our tables keep it: the form of each value of the source, but not the value.

    Letters are shown as ``x`` and digits as ``9``, which says what a date or a number looks like. Where columns are
    swapped, anything may be an identifier.
    """
    if example.startswith("line "):
        return _without_value(example)
    return ", ".join(map(_without_value, example.split(", ")))


def _without_value(part: str) -> str:
    own, value = _OWN_WORDS.fullmatch(part).groups("")  # type: ignore[union-attr]  # it matches every text
    if _SHOWN.fullmatch(value):
        return part
    return own + re.sub(r"\d", "9", re.sub(r"[^\W\d_]", "x", value))
