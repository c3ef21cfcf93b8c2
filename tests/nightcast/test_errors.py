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
    UnavailableError,
    UsageError,
)

CODES = {
    NightcastError: 1,
    LockHeldError: 1,
    RunLostError: 1,
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


def test_without_a_remedy_only_the_reason_is_said() -> None:
    assert str(InputError("It broke.")) == "It broke."
