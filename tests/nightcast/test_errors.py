"""Exit codes, and errors that come whole out of another process."""

from __future__ import annotations

import pickle

import pytest

from nightcast.errors import (
    InputError,
    LockHeldError,
    NightcastError,
    RunLostError,
    SchemaVersionError,
    SettingsError,
    StaleDataError,
    UnavailableError,
    UsageError,
    first_line,
)

CODES = {
    NightcastError: 1,
    LockHeldError: 1,
    RunLostError: 1,
    StaleDataError: 1,
    UsageError: 2,
    SettingsError: 2,
    InputError: 2,
    SchemaVersionError: 2,
    UnavailableError: 3,
}


@pytest.mark.parametrize("kind", CODES)
def test_each_kind_leads_to_its_exit_code(kind: type[NightcastError]) -> None:
    assert kind("x").exit_code == CODES[kind]


@pytest.mark.parametrize("kind", CODES)
def test_an_error_crosses_to_another_process(kind: type[NightcastError]) -> None:
    error = pickle.loads(pickle.dumps(kind("It broke.", "Mend it.")))  # noqa: S301 our own bytes
    assert type(error) is kind
    assert (error.reason, error.remedy, str(error)) == ("It broke.", "Mend it.", "It broke. Mend it.")


def test_without_a_remedy_only_the_reason_is_shown() -> None:
    assert str(InputError("It broke.")) == "It broke."


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("It broke.\nDETAIL: here."), "It broke"),
        (ValueError("\n  server closed the connection\n"), "server closed the connection"),
        (ValueError(), "ValueError"),
    ],
)
def test_the_first_line_of_an_error(error: Exception, line: str) -> None:
    assert first_line(error) == line
