"""The log on stderr, for people and for programs."""

from __future__ import annotations

import datetime
import json
import logging
import re
import warnings
from collections.abc import Iterator

import pytest

from flows.console import Console
from flows.console.terminal_log import end_json, log_to_terminal, night_in_log

logger = logging.getLogger("nightcast")
AS_OF = datetime.date(2026, 11, 27)


@pytest.fixture(autouse=True)
def text_afterwards() -> Iterator[None]:
    yield
    end_json()


def test_a_line_tells_moment_level_and_night(capsys: pytest.CaptureFixture[str]) -> None:
    log_to_terminal()
    logger.info("outside")
    with night_in_log("sales", AS_OF, "0193-run-9f86d081"):
        logger.warning("an id with \x1b[31m in it")
    outside, inside = capsys.readouterr().err.splitlines()
    moment = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d{4}"
    assert re.fullmatch(rf"{moment} INFO outside", outside)
    assert re.fullmatch(rf"{moment} WARNING \[2026-11-27 9f86d081\] an id with \\x1b\[31m in it", inside)


def test_json_has_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    log_to_terminal("json")
    with night_in_log("sales", AS_OF, None):
        logger.info("one\ntwo \x9b")
    try:
        raise ValueError("gone")
    except ValueError:
        logger.exception("failed")
    console = Console()
    console.note("a note")
    console.error("It is wrong.", "Mend it.")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("of a library", stacklevel=1)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["level"] for line in lines] == ["info", "error", "info", "error", "warning"]
    first, failure, note, error, library = lines
    assert datetime.datetime.fromisoformat(first["time"]).tzinfo is not None
    assert (first["message"], first["product"], first["as_of"]) == ("one\ntwo \x9b", "sales", "2026-11-27")
    assert "run_id" not in first
    assert "ValueError: gone" in failure["traceback"]
    assert "product" not in note
    assert (error["message"], error["remedy"]) == ("It is wrong.", "Mend it.")
    assert "of a library" in library["message"]
