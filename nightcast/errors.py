"""The error tree: what went wrong, how to fix it, and the exit code that follows.

NightcastError                1  a product failed, or a guard refused
├── LockHeldError             1  another run holds the product's lock
├── RunLostError              1  this run was declared abandoned while it ran
├── StaleDataError            1  the newest data is older than the settings allow
├── SourceGoneError           1  the source of a product that was published before is gone
├── ClockError                1  the clocks of this machine and of the database are a day apart
├── UsageError                2  wrong usage, settings or input
│   ├── SettingsError         2  a settings file or value is wrong
│   ├── InputError            2  a table, file or value in it is wrong
│   └── SchemaVersionError    2  our tables are older or newer than this program
└── UnavailableError          3  a database or service cannot be reached: try again
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import ClassVar


class NightcastError(Exception):
    """An error that a person can fix.

    Args:
        reason: What is wrong, and where.
        remedy: How to fix it; shown on its own line.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.reason} {self.remedy}".strip()

    def __reduce__(self) -> tuple[type[NightcastError], tuple[str, str]]:
        # Task runners send errors between processes and rebuild them from these arguments.
        return type(self), (self.reason, self.remedy)


class LockHeldError(NightcastError):
    """Another live run holds the product's lock."""


class RunLostError(NightcastError):
    """Another run declared this one abandoned, so it may no longer write."""


class StaleDataError(NightcastError):
    """The newest visit or sale is older than `stale_after_days`, and `when_stale` is ``refuse``."""


class SourceGoneError(NightcastError):
    """The source of a product that was published before no longer exists."""


class ClockError(NightcastError):
    """The clocks of this machine and of the database are more than a day apart."""


class UsageError(NightcastError):
    """The command, the settings or the input have to be corrected before it can work."""

    exit_code = 2


class SettingsError(UsageError):
    """A settings file, an environment variable or an option is wrong."""


class InputError(UsageError):
    """A table or a file cannot be read as it is."""


class SchemaVersionError(UsageError):
    """The tables in the database are of another revision than the program's."""


class UnavailableError(NightcastError):
    """A database or another service cannot be reached; trying again makes sense."""

    exit_code = 3


def suggestion(name: str, known: Sequence[str]) -> str:
    """A question whether the nearest known name was meant, whatever its case; empty where none is near."""
    near = difflib.get_close_matches(name.lower(), [other.lower() for other in known], n=1)
    return next((f" Did you mean {other!r}?" for other in known if near and other.lower() == near[0]), "")


def first_line(error: object) -> str:
    """The first line of an error's message, without its full stop; the name of its class where it has no message."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else type(error).__name__
