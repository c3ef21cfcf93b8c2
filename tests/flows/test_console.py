"""What people and programs see on the terminal."""

from __future__ import annotations

import csv
import io
import json

import pytest

from flows.console import FILE_WIDTH, Console

ROW = {
    "as_of": "2026-11-26",
    **{f"column_{number}_of_many": number + 0.25 for number in range(12)},
    "decision": "won " * 40,
}


def test_a_wide_table_shows_every_heading_and_value_whole(capsys: pytest.CaptureFixture[str]) -> None:
    Console().rows([ROW])
    heading, _, values, *_ = (line for line in capsys.readouterr().out.splitlines() if line.strip())
    assert len(heading) > FILE_WIDTH
    assert all(name.replace("_", " ") in heading for name in ROW)
    assert values.split()[:13] == [
        "2026-11-26",
        *(f"{number + 0.25:.3f}" if number < 10 else f"{number + 0.25:.1f}" for number in range(12)),
    ]


def test_programs_get_plain_values(capsys: pytest.CaptureFixture[str]) -> None:
    Console().rows([ROW], "json")
    assert json.loads(capsys.readouterr().out) == [ROW]
    Console().rows([ROW], "csv")
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert row == {name: str(value) for name, value in ROW.items()}


def test_without_rows_a_table_is_a_message(capsys: pytest.CaptureFixture[str]) -> None:
    Console().rows([], empty="No run yet.")
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "No run yet.\n")
