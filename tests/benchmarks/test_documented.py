from __future__ import annotations

from benchmarks.documented import figures, share


def test_everything_is_documented() -> None:
    assert [figure.name for figure in figures() if figure.value < 1] == []


def test_what_is_not_documented_counts() -> None:
    assert share("things", [True, False, True, True]).value == 0.75
