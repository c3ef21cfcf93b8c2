"""The published studies as a benchmark: every table, every verdict and what they come to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks import studies
from studies.study_file import read_study
from tests.studies.database import NoDatabase
from tests.studies.dice import DICE, dice

__all__ = ["dice"]


def figures_in(text: str) -> dict[str, float]:
    figures = re.findall(r"^figure (\w+) (\S+)", text, re.MULTILINE)
    return {name: float(value) for name, value in figures}


def test_each_study_is_measured_and_counted(dice: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    slow = tmp_path / "noisy_waves.toml"
    slow.write_text(DICE.replace("published.pips", "published.eyes").replace("1.7", "0.5"), encoding="utf-8")
    assert studies.main([str(dice), str(slow), "--folder", str(tmp_path / "pages"), "--repeats", "40"]) == 0
    output = capsys.readouterr()
    assert {page.name for page in (tmp_path / "pages").iterdir()} == {"dice.html", "noisy_waves.html"}
    for part in ("Two dice: 40 repeats", "published", "a loaded die shows more", "eyes"):
        assert part in output.out
    assert re.search(r"^figure noisy_waves_seconds \S+ goal <= 900$", output.out, re.MULTILINE)
    assert re.search(r"^figure seconds_of_all_others \S+ goal <= 300$", output.out, re.MULTILINE)
    figures = figures_in(output.out)
    assert figures["seconds_of_all_others"] == pytest.approx(figures["dice_seconds"], rel=1e-4)
    counts = {name: value for name, value in figures.items() if "seconds" not in name}
    assert counts == {
        "published_figures": 2,
        "published_figures_that_hold": 1,  # the other is of the eyes, which are twice the pips
        "claims": 2,
        "claims_with_a_verdict": 2,
        "claims_confirmed": 2,
    }


def test_a_study_that_fails_keeps_no_other_from_running(
    dice: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text('kind = "dices"', encoding="utf-8")
    assert studies.main([str(broken), str(dice), "--folder", str(tmp_path)]) == 1
    output = capsys.readouterr()
    assert "did you mean 'dice'?" in output.err
    assert "figure dice_seconds" in output.out


@pytest.mark.parametrize("file", sorted(studies.PUBLISHED.glob("*.toml")), ids=lambda path: str(path.stem))
def test_a_published_study_is_valid_and_brings_its_data(file: Path) -> None:
    study = read_study(file)
    assert study.settings.name == file.stem
    assert study.settings.claims
    assert study.settings.repeats >= (10 if file.stem == studies.SLOW else 100)
    study.experiment(NoDatabase())
