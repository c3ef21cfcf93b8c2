"""The console of all commands: rows to stdout, messages to stderr."""

from __future__ import annotations

import csv
import json
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from flows.console.table import Layout, draw
from flows.console.terminal_log import as_json, log_message
from flows.console.values import Row, cell, harmless, harmless_json, plain
from nightcast.errors import first_line

__all__ = ["Console", "Form", "Row"]

Form = Literal["table", "json", "csv"]


class Console:
    """Shows rows, messages and errors."""

    def note(self, message: str) -> None:
        """Print a message about progress or a result."""
        if as_json():
            log_message(message.strip())
        else:
            print(harmless(message), file=sys.stderr, flush=True)

    def wrapped(self, message: str, indent: str = "") -> None:
        """Print a long message in lines as wide as the terminal, those after the first further in."""
        width = max(shutil.get_terminal_size((120, 24)).columns, 40)
        lines = textwrap.wrap(
            message, width, initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False
        )
        self.note("\n".join(lines) if not as_json() else message)

    def paragraph(self, sentences: Sequence[str]) -> None:
        """Print sentences above a table, to stdout as the table itself."""
        if sentences:
            print(*map(harmless, sentences), "", sep="\n")

    def error(self, reason: str, remedy: str) -> None:
        """Print an error, and how to fix it."""
        if as_json():
            log_message(reason, remedy)
            return
        self._stderr("Error: ", "bold red", reason)
        if remedy:
            self._stderr("  Try: ", "bold", remedy)

    def unexpected(self, error: BaseException) -> None:
        """Print an error that no message foresees."""
        said = first_line(error)
        kind = type(error).__name__
        self.error(
            f"Unexpected error: {kind if said == kind else f'{kind}: {said}'}.",
            "Run the command again as `nightcast --debug ...` for the traceback, and report it.",
        )

    def traceback(self, error: BaseException) -> None:
        """Print where an error comes from, and what has caused it."""
        import traceback

        print(harmless("".join(traceback.format_exception(error))), file=sys.stderr, end="", flush=True)

    def rows(
        self,
        rows: Iterable[Row],
        form: Form = "table",
        *,
        title: str = "",
        empty: str = "Nothing yet.",
        columns: Sequence[str] | None = None,
        hidden: Sequence[str] = (),
        minor: Sequence[str] = (),
        total: int | None = None,
    ) -> None:
        """Print rows of the same keys: as a table for people, or as one JSON document or CSV for programs.

        Args:
            rows: the rows; for programs they are read one after the other.
            form: the form to print them in.
            title: the title of a table.
            empty: the message in place of an empty table.
            columns: the columns of a table, all by default; columns that are empty in every row are left out.
            hidden: columns that a table leaves out.
            minor: columns that a table leaves out where it would be too wide, the least important first.
            total: how many rows there are, if `rows` may be fewer; a table says so.
        """
        if form == "json":
            self._json(rows)
        elif form == "csv":
            self._csv(rows)
        elif shown := list(rows):
            draw(_narrowed(shown, columns, hidden), Layout(title, tuple(minor), total))
        else:
            self.note(empty)

    def _json(self, rows: Iterable[Row]) -> None:
        """One row after the other, so that no more than one is in memory as text."""
        start = "["
        for row in rows:
            text = json.dumps(plain(row), indent=2, ensure_ascii=False, allow_nan=False)
            print(start, harmless_json(text).replace("\n", "\n  "), sep="\n  ", end="")
            start = ","
        print("[]" if start == "[" else "\n]")

    def _csv(self, rows: Iterable[Row]) -> None:
        writer, header = csv.writer(sys.stdout, lineterminator="\n"), None
        for row in rows:
            if header is None:
                header = writer.writerow([cell(name) for name in row])
            writer.writerow([cell(value) for value in row.values()])

    def _stderr(self, label: str, style: str, message: str) -> None:
        from rich.console import Console as RichConsole
        from rich.text import Text

        text = Text.assemble((label, style), harmless(message))
        RichConsole(stderr=True, soft_wrap=True, highlight=False).print(text)


def _narrowed(rows: Sequence[Row], columns: Sequence[str] | None, hidden: Sequence[str]) -> list[dict[str, Any]]:
    wanted = [name for name in columns or rows[0] if name not in hidden]
    kept = [name for name in wanted if any(row.get(name) is not None for row in rows)]
    return [{name: row[name] for name in kept} for row in rows]
