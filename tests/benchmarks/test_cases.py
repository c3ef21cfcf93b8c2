from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.cases import CASES, Case, try_case

OUTPUTS = {
    "01-order-lines": ("2026-10-28 | 8.0 | 8.0 | 8.0", "2026-10-28 | 5.0 | 5.0 | 5.0"),
    "02-real-ids": (
        "17850 | 5 | 1\n" + "\n".join(f"453957876362148{last} | 10 | 100.0" for last in (6, 7, 8)),
        "4.53957876362149e+15 | 30 | 300.0\n17850.0 | 5 | 1",
    ),
    "04-demand-jump": ("2026-10-28 | 590 | 500 | 700", "2026-10-28 | 3 | 2 | 4"),
    "06-weeks-that-start-on-sunday": (
        "s0 | 2026-10-25 | 1600 | 1 | 2\ns1 | 2026-10-25 | 1400 | 1 | 2",
        "s0 | 2026-11-01 | 930 | 1 | 2\ns1 | 2026-11-01 | 868 | 1 | 2",
    ),
    "08-sentinel-in-a-covariate": (
        "2026-10-30 | 141 | 90 | 100 | 140 | 180 | 200\n2026-11-03 | 111 | 90 | 100 | 110 | 120 | 130",
        "2026-10-30 | 203 | 0 | 0 | 0 | 180 | 200\n2026-11-03 | 170 | 0 | 0 | 0 | 120 | 130",
    ),
    "09-dates-with-dots": ("A0 | 2026-10-03 | 29\nA1 | 2026-10-04 | 28", "A0 | 2026-10-02 | 30\nA1 | 2026-10-03 | 29"),
    "12-null-marks-in-csv": ("Loaded 7 rows.\n7", "2"),
    "13-decimal-comma": ("A | 2026-01-05 | 12.5\nA | 2026-01-06 | 7.0", "A | 2026-01-06 | 1.02"),
    "14-files-from-excel": (
        "Loaded 2 rows of utf16.txt into visits.\nLoaded 1 row of sep.csv into visits.\n"
        "  Try: Read them with --date-format excel.\n  Try: Read them with --date-format epoch-seconds.",
        "utf16.txt is not in UTF-8: convert it: iconv -f WINDOWS-1252",
    ),
    "16-months-with-an-offset": ("2026-10-01 | 2000.0", "2026-10-31 | 2100.0"),
    "17-question-mark-in-path": (".:\nnightcast.db\n\n..:\nwhat next?x", ".:\n\n..:\nnightcast.db"),
    "18-one-row-not-utf8": ("exit code 0", "exit code 2"),
    "19-christmas-week-53": (
        "2023-12-18 | 101 | 90 | 100 | 110\n2023-12-25 | 510 | 450 | 500 | 560",
        "2023-12-18 | 486 | 446 | 480 | 520\n2023-12-25 | 104 | 93 | 100 | 110",
    ),
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_right_and_wrong_outputs_are_told_apart(name: str) -> None:
    right, wrong = OUTPUTS[name]
    assert CASES[name].is_right(right)
    assert not CASES[name].is_right(wrong)


@pytest.mark.parametrize("name", CASES)
def test_no_output_is_not_right(name: str) -> None:
    assert not CASES[name].is_right("Traceback (most recent call last):")


def test_a_case_is_run_and_judged(tmp_path: Path) -> None:
    (tmp_path / "run.sh").write_text('echo "$NIGHTCAST"; echo late >&2\n', encoding="utf-8")
    verdict = try_case(tmp_path, Case(lambda output: output == "it\nlate\n"), {**os.environ, "NIGHTCAST": "it"})
    assert (verdict.verdict, verdict.output) == ("right", "it\nlate\n")
    missing = try_case(tmp_path, Case(lambda output: True, variable="NO_SUCH_URL"), {})
    assert missing.verdict == "not run"
    assert "NO_SUCH_URL" in str(missing)
