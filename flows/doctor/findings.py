"""Findings of checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from nightcast.errors import NightcastError


@dataclass(frozen=True)
class Finding:
    """The result of one check, and what to do about it."""

    check: str
    result: Literal["ok", "warning", "failed"]
    finding: str
    remedy: str | None = None
    exit_code: int = 0


def fine(check: str, finding: str) -> Finding:
    """A check that passed."""
    return Finding(check, "ok", finding)


def doubtful(check: str, finding: str, remedy: str) -> Finding:
    """A check with a warning, which a person has to judge."""
    return Finding(check, "warning", finding, remedy)


def failed(check: str, error: NightcastError) -> Finding:
    """A check that failed: a night would fail."""
    return Finding(check, "failed", error.reason, error.remedy, error.exit_code)


def guarded(check: str, examine: Callable[[], Finding]) -> Finding:
    """The finding of `examine`, or of the error that it raises."""
    try:
        return examine()
    except NightcastError as error:
        return failed(check, error)
    except Exception as error:
        return Finding(check, "failed", f"{type(error).__name__}: {error}", "Report this.", 1)
