"""What the page is made of: sections of tables, charts and small charts of many series."""

from __future__ import annotations

import base64
import csv
import datetime
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Literal

from flows.console.values import cell, harmless_line
from flows.report import words

Kind = Literal["text", "date", "days", "number", "score", "signed", "percent"]


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        name: its name in the CSV.
        title: its heading.
        kind: how its values are written.
        is_extra: whether a narrow screen leaves it out.
    """

    name: str
    title: str
    kind: Kind = "number"
    is_extra: bool = False

    @property
    def classes(self) -> str:
        """Its classes in the style sheet."""
        return " ".join(["t"] * (self.kind == "text") + ["x"] * self.is_extra)


@dataclass(frozen=True)
class Table:
    """A table, and the same as CSV with every digit.

    Attributes:
        caption: what its rows are.
        columns: the first one names the row.
        rows: values, one for each column.
        note: a line below it.
        file: the name of its CSV file, without an ending; empty: none is offered.
        of_rows: whether each row is a measure of its own, with its own decimals.
    """

    block: ClassVar[str] = "table"
    caption: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Any]]
    note: str = ""
    file: str = ""
    of_rows: bool = False

    @cached_property
    def lines(self) -> list[list[str]]:
        """The rows as text; the numbers of a column have the same decimals, or those of a row."""
        if self.of_rows:
            return [self._line(row) for row in self.rows]
        columns = list(zip(*self.rows, strict=True)) or [()] * len(self.columns)
        texts = [_texts(column.kind, values) for column, values in zip(self.columns, columns, strict=True)]
        return [list(line) for line in zip(*texts, strict=True)]

    def _line(self, row: Sequence[Any]) -> list[str]:
        decimals = words.decimals_of(value for value in row if isinstance(value, float))
        return [_texts(column.kind, [value], decimals)[0] for column, value in zip(self.columns, row, strict=True)]

    @property
    def extra(self) -> str:
        """The headings that a narrow screen leaves out, in words."""
        return words.listed([column.title for column in self.columns if column.is_extra])

    @property
    def is_stacked(self) -> bool:
        """Whether a narrow screen shows its long texts below the other columns."""
        return any(column.name == "decision" for column in self.columns)

    @property
    def is_wide(self) -> bool:
        """Whether it needs the width of the page: for many columns, or for long texts."""
        return len(self.columns) > 5 or self.is_stacked

    @property
    def csv(self) -> str:
        """The rows as CSV, safe to open in a spreadsheet."""
        written = io.StringIO()
        writer = csv.writer(written, lineterminator="\n")
        writer.writerow([column.name for column in self.columns])
        writer.writerows([[cell(value) for value in row] for row in self.rows])
        return written.getvalue()

    @property
    def link(self) -> str:
        """An address that holds the CSV itself."""
        return f"data:text/csv;charset=utf-8;base64,{base64.b64encode(self.csv.encode()).decode('ascii')}"


def _texts(kind: Kind, values: Sequence[Any], decimals: int | None = None) -> list[str]:
    if kind == "text":
        return [words.NOTHING if value is None else harmless_line(str(value)) for value in values]
    if kind == "date":
        return [words.NOTHING if value is None else _iso(value) for value in values]
    if kind == "percent":
        return [words.percent(value) for value in values]
    if kind == "score":
        return [words.number(value, 3) for value in values]
    if kind == "days":
        return [words.number(value, 1) for value in values]
    if decimals is None:
        whole = all(value is None or isinstance(value, int) for value in values)
        decimals = 0 if whole else words.decimals_of(values)
    if kind == "signed":
        return [words.NOTHING if value is None else words.signed(value, decimals) for value in values]
    return [words.number(value, decimals) for value in values]


def _iso(value: datetime.date | str) -> str:
    return value if isinstance(value, str) else value.isoformat()


@dataclass(frozen=True)
class Key:
    """One entry of a legend: a name, the colour in the style sheet, and the shape."""

    name: str
    colour: str
    shape: Literal["line", "dashes", "band", "dot"] = "line"


@dataclass
class Figure:
    """A chart.

    Attributes:
        title: what it shows.
        description: what there is to see, also for those who cannot.
        spec: in Vega-Lite; its colours are names of the style sheet, such as ``var(--c1)``.
        data: its data.
        keys: its legend.
        svg: the drawing, once it is drawn.
    """

    block: ClassVar[str] = "figure"
    title: str
    description: str
    spec: dict[str, Any]
    data: Table
    keys: tuple[Key, ...] = ()
    svg: str = ""


@dataclass(frozen=True)
class Small:
    """A small chart of one series: its name, a line about it, and paths in a box of 120 by 40."""

    name: str
    about: str
    came: str
    mean: str
    band: str


@dataclass(frozen=True)
class Multiples:
    """Small charts of many series.

    Attributes:
        title: what they show.
        note: a line below the title.
        charts: the charts.
        data: their data.
        is_searched: whether the page offers a search of their names.
        keys: their legend.
    """

    block: ClassVar[str] = "multiples"
    title: str
    note: str
    charts: Sequence[Small]
    data: Table
    is_searched: bool = False
    keys: tuple[Key, ...] = ()


@dataclass(frozen=True)
class Remark:
    """A line with a mark before it: good, watch, poor, or none yet."""

    block: ClassVar[str] = "remark"
    label: str
    text: str
    mark: str = ""


Block = Table | Figure | Multiples | Remark


@dataclass(frozen=True)
class Part:
    """A section of the page.

    Attributes:
        key: its anchor.
        title: its heading.
        lead: the sentences below the heading.
        blocks: what it shows, in order.
    """

    key: str
    title: str
    lead: str = ""
    blocks: list[Block] = field(default_factory=list)
