"""The error tree: what went wrong, how to mend it, and the exit code it leads to.

NightcastError                1  a product failed, or a guard refused
├── LockHeldError             1  another run holds the product's lock
├── RunLostError              1  this run was declared abandoned while it ran
├── UsageError                2  wrong usage, settings or input
│   ├── SettingsError         2  a settings file or value is wrong
│   ├── InputError            2  a table, file or value in it is wrong
│   └── SchemaVersionError    2  our tables are older or newer than this program
└── UnavailableError          3  a database or service cannot be reached: try again
"""

from __future__ import annotations

from typing import ClassVar


class NightcastError(Exception):
    """Something went wrong that a person can do something about.

    Args:
        reason: What is wrong, and where.
        remedy: What to do about it; shown on a line of its own.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.reason} {self.remedy}".strip()

    def __reduce__(self) -> tuple[type[NightcastError], tuple[str, str]]:
        # Task runners send errors between processes, which rebuilds them from these arguments.
        return type(self), (self.reason, self.remedy)


class LockHeldError(NightcastError):
    """Another run holds the product's lock and is alive."""


class RunLostError(NightcastError):
    """Another run declared this one abandoned, so it may not write any more."""


class StaleDataError(NightcastError):
    """The newest visit or sale is older than the settings allow, and they say to refuse then."""


class UsageError(NightcastError):
    """The caller has to change something before it can work."""

    exit_code = 2


class SettingsError(UsageError):
    """A settings file, an environment variable or an option is wrong."""


class InputError(UsageError):
    """The data or a file cannot be read as it is."""


class SchemaVersionError(UsageError):
    """The tables in the database belong to another version of the program."""


class UnavailableError(NightcastError):
    """A database or another service cannot be reached; trying again makes sense."""

    exit_code = 3
