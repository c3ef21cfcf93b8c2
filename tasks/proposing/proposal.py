"""A proposal: where the rows of a source are, which columns they have, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from nightcast.values import counted
from tasks.proposing.columns import Column

SourceKind = Literal["visits", "sales"]

NEAR = 1.0
"""Scores that differ by less are equally likely."""


@dataclass(frozen=True)
class Look:
    """A table, view, query or file that was looked at.

    Attributes:
        name: how people name it.
        columns: its columns by name.
        rows: the rows of the sample.
        unique: sets of columns whose values occur once, as far as the database says so.
        references: the table that a column refers to.
        query: the SELECT, if it is a query.
        also: more files with the same columns.
    """

    name: str
    columns: Mapping[str, Column]
    rows: int
    unique: frozenset[frozenset[str]] = frozenset()
    references: Mapping[str, str] = field(default_factory=dict)
    query: str | None = None
    also: tuple[str, ...] = ()

    @property
    def own_name(self) -> str:
        """The name without folders, which say nothing of a file."""
        return self.name.rpartition("/")[2]


@dataclass(frozen=True)
class Proposal:
    """Where the rows of a source may be.

    Attributes:
        kind: the source.
        look: the table, view, query or file.
        columns: its columns by our names.
        score: how likely it is.
        reasons: why.
        hints: what else a person should know.
        groups: columns of groups.
        settings: other settings of the source.
    """

    kind: SourceKind
    look: Look
    columns: Mapping[str, str]
    score: float
    reasons: tuple[str, ...]
    hints: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def described(self) -> str:
        """The place and the columns in one line."""
        named = ", ".join(f"{ours} = {theirs}" for ours, theirs in self.columns.items())
        more = len(self.look.also)
        others = f" and {counted(more, 'more file')} with its columns" if more else ""
        return f"{self.look.name}{others} ({named})"

    def is_near(self, other: Proposal) -> bool:
        """Whether another proposal is as likely."""
        return abs(self.score - other.score) < NEAR
