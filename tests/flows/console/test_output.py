"""What people and programs see on the terminal."""

from __future__ import annotations

import csv
import datetime
import io
import json
import math
from typing import Any

import pytest

from flows.console import Console, Row
from flows.console.table import FILE_WIDTH

WIDE = {
    "as_of": "2026-11-26",
    **{f"column_{number}_of_many": number + 0.25 for number in range(20)},
    "decision": "won " * 40,
}
MAIL = "anna.katharina.meier-huber@a-company-with-a-long-name.example"
MINOR = ("visit_days", "median_days_ahead")


def customer(identifier: str) -> Row:
    return {
        "customer_id": identifier,
        "last_visit_on": datetime.date(2026, 10, 31),
        "elapsed_days": 27,
        "visit_days": 1234,
        "median_days_ahead": 45,
        **{f"days {label}": 0.1234 for label in ("1-7", "8-14", "15-28", "29-56")},
        "later": 0.5,
    }


@pytest.fixture(autouse=True)
def no_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)


def printed(capsys: pytest.CaptureFixture[str], rows: list[Row], **options: Any) -> list[str]:
    Console().rows(rows, **options)
    return capsys.readouterr().out.splitlines()


def test_a_wide_table_in_a_pipe_has_a_line_for_each_row(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, [WIDE])
    above = next(number for number, line in enumerate(lines) if line.startswith("─"))
    heading, values = " ".join(lines[:above]), lines[above + 1]
    assert len(lines[above]) > FILE_WIDTH
    assert all(word in heading.split() for name in WIDE for word in name.split("_"))
    assert values.split()[:21] == [
        "2026-11-26",
        *(f"{number + 0.25:.3f}" if number < 10 else f"{number + 0.25:.1f}" for number in range(20)),
    ]


@pytest.mark.parametrize("width", [80, 100, 130])
@pytest.mark.parametrize("identifier", ["c1", "card 00017 of  the shop", MAIL, "王小明" * 9, "x" * 200])
def test_every_value_is_whole_at_every_width(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int, identifier: str
) -> None:
    from rich.cells import cell_len

    monkeypatch.setenv("COLUMNS", str(width))
    lines = printed(capsys, [customer("c2"), customer(identifier)], minor=MINOR)
    text = "\n".join(lines)
    left_out = {name for name in MINOR if name.replace("_", " ") in " ".join(lines).partition("--csv")[2]}
    assert identifier in text
    assert text.count("2026-10-31") == text.count("0.500") == 2
    assert text.count("0.123") == 8
    assert text.count("1,234") == (0 if "visit_days" in left_out else 2)
    assert max(cell_len(line) for line in lines if identifier not in line) <= width
    assert "…" not in text


def test_minor_columns_make_room_and_are_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [customer("a-name-of-22-characters")]
    monkeypatch.setenv("COLUMNS", "90")
    lines = printed(capsys, rows, minor=MINOR)
    assert "visit days" in lines[-1]
    assert "45" in lines[-2].split()
    monkeypatch.setenv("COLUMNS", "40")
    stacked = printed(capsys, rows, minor=MINOR)
    assert ["visit days", "1,234"] in [line.split("  ", 1) if "  " in line else [] for line in map(_squeezed, stacked)]


def _squeezed(line: str) -> str:
    name, _, value = line.partition("  ")
    return f"{name}  {value.strip()}"


def test_sentences_take_several_lines(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    sentence = "The champion was trained a week ago, so that a new model was tried, and lost. " * 3
    for row in ({"product": "sales", "decision": sentence}, {"id": "x" * 70, "decision": sentence}):
        lines = printed(capsys, [row])
        assert max(map(len, lines)) <= 90
        words = " ".join(lines).split()
        assert [word for word in words if word in sentence.split()] == sentence.split()


def test_a_table_that_is_cut_short_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, [customer("a")], total=1_418)[-1] == "1 of 1,418"
    assert "1 of" not in "".join(printed(capsys, [customer("a")], total=1))


def test_programs_get_plain_values(capsys: pytest.CaptureFixture[str]) -> None:
    Console().rows([WIDE], "json")
    assert json.loads(capsys.readouterr().out) == [WIDE]
    Console().rows([WIDE], "csv")
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert row == {name: str(value) for name, value in WIDE.items()}
    Console().rows(iter(()), "json")
    assert json.loads(capsys.readouterr().out) == []


def test_values_keep_their_type(capsys: pytest.CaptureFixture[str]) -> None:
    moment = datetime.datetime(2026, 11, 26, 3, 30, tzinfo=datetime.UTC)
    row: Row = {"yes": True, "none": None, "count": 5, "nan": math.nan, "at": moment}
    row["metrics"] = {"mase": 0.5, "x": math.inf}
    Console().rows([row, row], "json")
    plain = row | {"nan": None, "at": "2026-11-26T03:30:00+00:00", "metrics": {"mase": 0.5, "x": None}}
    assert json.loads(capsys.readouterr().out) == [plain, plain]
    Console().rows([row], "csv")
    (read,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (read["yes"], read["none"], read["count"], read["nan"]) == ("true", "", "5", "")
    assert json.loads(read["metrics"]) == plain["metrics"]


NASTY = "\x1b]0;owned\x07\x1b[31mred\x9b2J\u202e\rback\x00\n\tend"


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_no_control_character_reaches_the_terminal(capsys: pytest.CaptureFixture[str], form: Any) -> None:
    console = Console()
    console.rows([{"id": NASTY, "reason": NASTY, NASTY: 1}], form, title=NASTY)
    console.rows([{"id": NASTY, "reason": NASTY * 9, "long": NASTY * 9}], form, title=NASTY)
    console.note(NASTY)
    console.error(NASTY, NASTY)
    everything = "".join(capsys.readouterr())
    assert not set(everything) & set("\x1b\x07\x9b\u202e\r\x00")
    assert "owned" in everything


def test_json_is_exact_whatever_it_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    Console().rows([{"id": NASTY}], "json")
    assert json.loads(capsys.readouterr().out) == [{"id": NASTY}]


@pytest.mark.parametrize("text", ["=1+1", "+41 79", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1"])  # noqa: RUF001
def test_a_spreadsheet_runs_no_text_of_a_csv(capsys: pytest.CaptureFixture[str], text: str) -> None:
    Console().rows([{"id": text, "number": -1.5, "whole": -2, "other": "a=b"}], "csv")
    (row,) = csv.reader(io.StringIO(capsys.readouterr().out.split("\n", 1)[1]))
    assert row[0].startswith("'")
    assert row[1:] == ["-1.5", "-2", "a=b"]


def test_nothing_is_taken_for_markup(capsys: pytest.CaptureFixture[str]) -> None:
    text = "\n".join(printed(capsys, [{"id": "[bold]x[/bold] :smile:", "[red]": 1}], title="[b]t[/b]"))
    assert "[bold]x[/bold] :smile:" in text
    assert "[red]" in text
    assert "[b]t[/b]" in text


def test_without_rows_a_table_is_a_message(capsys: pytest.CaptureFixture[str]) -> None:
    Console().rows([], empty="No run yet.")
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", "No run yet.\n")
