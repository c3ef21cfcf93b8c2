"""``nightcast run``: what it says, and when."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from flows.command_line import run_command_line
from flows.console.terminal_log import end_json
from sql.engine import Database
from tests.test_house import SLOW

UNTIL_ANYTHING_SLOW = """
import sys
sys.modules["flows.server.start"] = None  # whose import takes long
from flows.command_line import run_command_line
run_command_line(["run"])
print(*{name.partition(".")[0] for name in sys.modules})
"""


def test_something_is_said_before_anything_slow_is_imported(tmp_path: Path) -> None:
    command = [sys.executable, "-c", UNTIL_ANYTHING_SLOW]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "checking the settings" in answer.stderr.splitlines()[0]
    assert "ModuleNotFoundError" in answer.stderr
    assert not set(answer.stdout.split()) & SLOW


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_missing_source_is_told_in_every_form_of_log(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setenv("NIGHTCAST_DATABASE__URL", database.url.render_as_string(hide_password=False))
    arguments = ["run", "--product", "sales", "--as-of", "2026-02-02"]
    assert run_command_line([*arguments, "--log-format", "json"]) == 2
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    end_json()
    assert all({"time", "level", "message"} <= line.keys() for line in lines)
    [begin] = [line for line in lines if "run_id" in line]
    assert (begin["product"], begin["as_of"]) == ("sales", "2026-02-02")
    assert begin["run_id"] in begin["message"]
    assert [line["level"] for line in lines if "'sales'" in line["message"]] == ["error", "error"]
    assert "nightcast load" in lines[-1]["remedy"]
    assert run_command_line(arguments) == 2
    text = capsys.readouterr().err
    assert "[2026-02-02 " in text
    assert "sales begins" in text
    assert "Error: There is no table" in text
