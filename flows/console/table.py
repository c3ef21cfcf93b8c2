"""A table for people, at any width of the terminal: no value is ever cut.

A table that does not fit first loses its minor columns, which a line below it names. One that is still too wide is
stacked: each row becomes a block of lines, one per column.
"""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from flows.console.values import Row, harmless_line, shown
from nightcast.values import Product

PROSE = {
    "decision",
    "error",
    "example",
    "finding",
    "notes",
    "reason",
    "remedy",
    "score",
    "settings",
    *Product,  # as `nightcast plan` shows them, side by side
}
"""Columns of sentences, which may take several lines in a table; all others take one."""

PROSE_WIDTH = 24

FILE_WIDTH = 132
"""Width of tables in a file or a pipe, unless `COLUMNS` names another; a wider table has longer lines there."""

GAP = 2
"""Spaces between two columns."""


@dataclass(frozen=True)
class Layout:
    """What belongs to a table beside its rows.

    Attributes:
        title: its title.
        minor: columns to leave out where the table would be too wide, the least important first.
        total: how many rows there are, of which the table shows the first.
    """

    title: str = ""
    minor: tuple[str, ...] = ()
    total: int | None = None


@dataclass(frozen=True)
class Column:
    """A column with its values as texts."""

    name: str
    texts: list[str]
    is_numeric: bool

    @property
    def heading(self) -> str:
        """The name, as people write it."""
        return harmless_line(self.name.replace("_", " "))

    @cached_property
    def least(self) -> int:
        """The least width: of the longest value, or of the longest word where values may take several lines."""
        words = self.heading.split()
        if self.name not in PROSE:
            return _widest([*words, *self.texts])
        return max(_widest([*words, *(word for text in self.texts for word in text.split())]), PROSE_WIDTH)

    @cached_property
    def natural(self) -> int:
        """The width at which nothing takes several lines."""
        return max(_widest([self.heading, *self.texts]), self.least)


def draw(rows: Sequence[Row], layout: Layout) -> None:
    """Print rows of the same keys to stdout."""
    width, title = _width_to_fit(), harmless_line(layout.title)
    columns = [_column(name, rows) for name in rows[0]]
    kept = _fitting(columns, layout.minor, width)
    if kept:
        _print_table(kept, width or FILE_WIDTH, title)
    else:
        _print_stacked(columns, width or FILE_WIDTH, title)
    left_out = [column.heading for column in columns if kept and column not in kept]
    for note in _footnotes(len(rows), layout.total, left_out):
        print("\n".join(_wrapped(note, width or FILE_WIDTH)))


def _width_to_fit() -> int | None:
    """The width of the terminal, or that which `COLUMNS` names; None elsewhere, since a file is as wide as needed."""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return int(told)
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _column(name: str, rows: Sequence[Row]) -> Column:
    values = [row[name] for row in rows]
    texts = [shown(value) if name in PROSE else harmless_line(shown(value)) for value in values]
    return Column(name, texts, all(isinstance(value, int | float | None) for value in values))


def _fitting(columns: list[Column], minor: Sequence[str], width: int | None) -> list[Column]:
    """The columns that fit side by side, all but some of the minor ones; none if the others do not fit either."""
    kept, droppable = columns, [name for name in minor if any(column.name == name for column in columns)]
    while width is not None and _needed(kept) > width:
        if not droppable:
            return []
        least = droppable.pop(0)
        kept = [column for column in kept if column.name != least]
    return kept


def _needed(columns: Sequence[Column]) -> int:
    return sum(column.least for column in columns) + GAP * (len(columns) - 1)


def _widths(columns: Sequence[Column], width: int) -> list[int]:
    """The width of each column: the least, and what is left over for headings, then for sentences."""
    widths, left = [column.least for column in columns], max(width - _needed(columns), 0)
    order = sorted(range(len(columns)), key=lambda place: (columns[place].name in PROSE, columns[place].natural))
    for rank, place in enumerate(order):
        share = left // (len(order) - rank) if columns[place].name in PROSE else left
        more = min(columns[place].natural - columns[place].least, share)
        widths[place] += more
        left -= more
    return widths


def _print_table(columns: Sequence[Column], width: int, title: str) -> None:
    from rich import box
    from rich.console import Console as RichConsole
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, GAP - 1, 0, 0))
    for column, fixed in zip(columns, _widths(columns, width), strict=True):
        heading = Text(column.heading, style="bold")
        table.add_column(heading, justify="right" if column.is_numeric else "left", width=fixed, overflow="fold")
    for texts in zip(*(column.texts for column in columns), strict=True):
        table.add_row(*map(Text, texts))
    console = RichConsole(highlight=False, width=max(width, _needed(columns)))
    if title:
        console.print(Text(f"\n{title}", style="bold"))
    console.print(table)


def _print_stacked(columns: Sequence[Column], width: int, title: str) -> None:
    """Print each row as a block; only sentences are wrapped, so that every other value can be copied whole."""
    label_width = _widest([column.heading for column in columns]) + GAP
    if title:
        print(title)
    for number in range(len(columns[0].texts)):
        for column in columns:
            text = column.texts[number]
            lines = _wrapped(text, max(width - label_width, PROSE_WIDTH)) if column.name in PROSE else [text]
            print(column.heading.ljust(label_width) + ("\n" + " " * label_width).join(lines))
        print()


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def _footnotes(rows: int, total: int | None, left_out: Sequence[str]) -> list[str]:
    notes = [f"{rows:,} of {total:,}"] if total is not None and total > rows else []
    if left_out:
        notes.append(f"Not shown for lack of width (--csv and --json have all): {', '.join(left_out)}")
    return notes


def _widest(texts: Sequence[str]) -> int:
    from rich.cells import cell_len

    return max((cell_len(line) for text in texts for line in text.split("\n")), default=0)
