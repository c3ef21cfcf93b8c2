"""Rejected rows, counted by reason: no row is dropped silently."""

from __future__ import annotations

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
