"""What is said of a file by more than one module."""

from __future__ import annotations

from pathlib import Path

from nightcast.errors import InputError


def empty_file(path: Path) -> InputError:
    """What is said of a file without any text."""
    return InputError(f"{path} is empty.", "A CSV file needs a line with the names of its columns, and rows below it.")


def first_line(error: Exception) -> str:
    """The first line of an error's message, without its full stop; the error's name where it has none."""
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
