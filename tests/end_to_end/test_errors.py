"""Whatever is wrong, the program says so in the same two lines, and leaves with the right code."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.command_line import COMMANDS
from sql import engine
from tests.end_to_end.conftest import Answer, Project

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

STYLE = re.compile(r"Error: \S.*[^.\s][.?]\n  Try: \S.*\n?", re.DOTALL)

LOAD_VISITS = ("load", "visits", "no.csv", "--customer-id", "card", "--visited-at", "time")
WITH_ARGUMENTS = {
    "load": LOAD_VISITS,
    "show": ("show", "runs"),
    "backtest": ("backtest", "sales"),
    "study": ("study", "no.toml"),
    "tune": ("tune", "sales", "--trials", "1"),
    "withdraw": ("withdraw", "2026-01-01"),
    "forget": ("forget", "nobody"),
    "completion": ("completion", "bash"),
}
"""What a command needs beside its name."""

FREE = {"demo", "completion", "study", "init", "doctor"}
"""Commands that use no database of the settings, make one, or report what is wrong with it as a finding."""

READERS = sorted(COMMANDS.keys() - FREE - {"serve", "load"})


def whole(name: str) -> tuple[str, ...]:
    return WITH_ARGUMENTS.get(name, (name,))


def assert_told(answer: Answer, code: int) -> None:
    """One error in the style of all, and nothing that only a programmer reads."""
    assert answer.code == code, answer
    assert "Traceback" not in answer.err + answer.out
    lines = answer.err.splitlines(keepends=True)
    start = next((number for number, line in enumerate(lines) if line.startswith("Error: ")), None)
    assert start is not None, answer.err
    assert STYLE.fullmatch("".join(lines[start : start + 2])), answer.err


@pytest.fixture(autouse=True)
def restored_environment() -> Iterator[None]:
    """Options of one command do not become variables of the next."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.parametrize("name", COMMANDS)
def test_an_unknown_option(project: Project, name: str) -> None:
    answer = project.nightcast(*whole(name), "--nothing-of-the-kind")
    assert_told(answer, 2)
    assert "--nothing-of-the-kind" in answer.err
    assert f"Try: nightcast {name}" in answer.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("rnu",),
        ("--nothing",),
        ("run", "more"),
        ("run", "--as-of", "yesterday"),
        ("run", "--product", "weather"),
        ("show",),
        ("show", "nothing"),
        ("prune", "--keep-runs", "0"),
        ("completion", "tcsh"),
        ("load", "visits"),
        ("--config", "no.toml", "run"),
    ],
)
def test_wrong_usage(project: Project, arguments: tuple[str, ...]) -> None:
    assert_told(project.nightcast(*arguments), 2)


@pytest.mark.parametrize("arguments", [LOAD_VISITS, ("study", "no.toml"), ("study", "no.toml", "--no-save")])
def test_a_missing_file(project: Project, arguments: tuple[str, ...]) -> None:
    answer = project.nightcast(*arguments)
    assert_told(answer, 2)
    assert arguments[2 if arguments[0] == "load" else 1] in answer.err


@pytest.mark.parametrize("name", READERS)
def test_wrong_settings(project: Project, name: str) -> None:
    project.configure("[run]\ntimezoen = 'UTC'\n")
    answer = project.nightcast(*whole(name))
    assert_told(answer, 2)
    assert "timezone" in answer.err


@pytest.mark.parametrize("name", READERS)
def test_a_database_that_cannot_be_reached(project: Project, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("NIGHTCAST_DATABASE__URL", "postgresql+psycopg://ann:secret@127.0.0.1:1/shop")
    answer = project.nightcast(*whole(name))
    assert_told(answer, 3)
    assert "secret" not in answer.err


@pytest.mark.parametrize("name", ["forget", "models", "prune", "withdraw"])
def test_a_database_without_our_tables(project: Project, name: str, tmp_path: Path) -> None:
    os.environ["NIGHTCAST_DATABASE__URL"] = f"sqlite:///{tmp_path / 'other.db'}"
    assert_told(project.nightcast(*whole(name)), 2)
    (tmp_path / "other.db").touch()
    answer = project.nightcast(*whole(name))
    assert_told(answer, 2)
    assert "nightcast init" in answer.err


def test_a_locked_database(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.load("visits", ("customer_id", "visited_at"), [("a", "2026-01-05")])
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.1)
    engine._engine.cache_clear()
    with project.database.write():
        engine._engine.cache_clear()
        answer = project.load("visits", ("customer_id", "visited_at"), [("b", "2026-01-05")])
    assert_told(answer, 3)
    assert "locked" in answer.err


def test_only_debug_shows_where_an_error_comes_from(project: Project) -> None:
    wrong = ("run", "--as-of", "2999-01-01")
    assert "Traceback" not in project.nightcast("--verbose", *wrong).err
    answer = project.nightcast("--debug", *wrong)
    assert "Traceback" in answer.err
    assert answer.code == 2
    assert STYLE.search(answer.err)


def test_an_error_that_nobody_foresaw(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("sql.engine.open_database", fail)
    answer = project.nightcast("migrate")
    assert_told(answer, 1)
    assert "ZeroDivisionError" in answer.err
    assert "nightcast --debug" in answer.err
