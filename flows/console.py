"""The only module that writes to the terminal: data to stdout, messages to stderr."""

from __future__ import annotations

import csv
import datetime
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

Form = Literal["table", "json", "csv"]
Row = dict[str, Any]

PROSE = {
    "decision",
    "error",
    "example",
    "finding",
    "next_visit",
    "notes",
    "reason",
    "remedy",
    "sales",
    "score",
    "settings",
}
"""Columns of sentences, which may take several lines in a table; all others take one."""

PROSE_WIDTH = 24

FILE_WIDTH = 132
"""Width of tables in a file or a pipe."""


class Console:
    """Shows rows, messages and errors."""

    def note(self, message: str) -> None:
        """Print a message about progress or a result."""
        print(message, file=sys.stderr, flush=True)

    def error(self, reason: str, remedy: str) -> None:
        """Print an error, and how to fix it."""
        self._stderr("Error: ", "bold red", reason)
        if remedy:
            self._stderr("  Try: ", "bold", remedy)

    def rows(
        self,
        rows: Sequence[Row],
        form: Form = "table",
        *,
        title: str = "",
        empty: str = "Nothing yet.",
        columns: Sequence[str] | None = None,
        hidden: Sequence[str] = (),
    ) -> None:
        """Print rows of the same keys: as a table for people, or as one JSON document or CSV for programs.

        Args:
            rows: the rows.
            form: the form to print them in.
            title: the title of a table.
            empty: the message in place of an empty table.
            columns: the columns of a table, all by default; columns that are empty in every row are left out.
            hidden: columns that a table leaves out.
        """
        if form == "json":
            print(json.dumps([_plain_row(row) for row in rows], indent=2, ensure_ascii=False))
        elif form == "csv":
            self._csv(rows)
        elif rows:
            self._table(_narrowed(rows, columns, hidden), title)
        else:
            self.note(empty)

    def _csv(self, rows: Sequence[Row]) -> None:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        if rows:
            writer.writerow(rows[0])
            writer.writerows([_plain(value) for value in row.values()] for row in rows)

    def _table(self, rows: Sequence[Row], title: str) -> None:
        from rich import box
        from rich.table import Table

        table = Table(title=title or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
        for name in rows[0]:
            numeric = all(isinstance(row[name], int | float | None) for row in rows)
            justify: Literal["right", "left"] = "right" if numeric else "left"
            heading, prose = name.replace("_", " "), name in PROSE
            width = PROSE_WIDTH if prose else max(len(heading), *(_shown(row[name]).cell_len for row in rows))
            table.add_column(heading, justify=justify, no_wrap=not prose, overflow="fold", min_width=width)
        for row in rows:
            table.add_row(*(_shown(value) for value in row.values()))
        self._print_whole(table)

    def _stderr(self, label: str, style: str, message: str) -> None:
        from rich.console import Console as RichConsole
        from rich.text import Text

        RichConsole(stderr=True, soft_wrap=True, highlight=False).print(Text.assemble((label, style), message))

    def _print_whole(self, table: Table) -> None:
        """Print a table without truncating it: lines wider than the terminal wrap."""
        from rich.console import Console as RichConsole
        from rich.measure import Measurement

        console = RichConsole(highlight=False, width=None if sys.stdout.isatty() else FILE_WIDTH)
        needed = Measurement.get(console, console.options.update(max_width=10_000), table).minimum
        console.width = max(console.width, needed)
        console.print(table)


def _narrowed(rows: Sequence[Row], columns: Sequence[str] | None, hidden: Sequence[str]) -> Sequence[Row]:
    wanted = [name for name in columns or rows[0] if name not in hidden]
    kept = [name for name in wanted if any(row.get(name) is not None for row in rows)]
    return [{name: row[name] for name in kept} for row in rows]


def _plain_row(row: Row) -> Row:
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    """A value for JSON and CSV; dates and times in ISO 8601."""
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()
    return value


def _shown(value: Any) -> Text:
    """A value for people, as text that is never taken for markup."""
    from rich.text import Text

    if value is None:
        return Text("-", style="dim")
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    if isinstance(value, datetime.datetime):
        return Text(value.strftime("%Y-%m-%d %H:%M:%S"))
    if isinstance(value, float):
        return Text(_rounded(value))
    return Text(f"{value:,}" if isinstance(value, int) else str(value))


def _rounded(value: float) -> str:
    """A number with as many digits as are useful of a forecast."""
    if abs(value) >= 1000 or value.is_integer():
        return f"{value:,.0f}"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"
