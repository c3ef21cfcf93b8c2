"""A study from its file to its rows."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nightcast.errors import InputError
from nightcast.values import Product
from sql.engine import Database
from sql.ledger.studies import scores_of, studies
from studies.kinds import KINDS
from studies.results import StudyResult
from studies.study import MOST_PROBLEMS, StudyFile, StudyOutcome, keep_study, read_study, run_study, study_data
from tasks.night import Night
from tests.studies.dice import DICE, dice

__all__ = ["dice"]


def no_night(product: Product) -> Night:
    raise AssertionError(f"the study wants no {product}")


def run(path: Path, repeats: int | None = None) -> StudyOutcome:
    file = read_study(path, repeats)
    return run_study(file, study_data(file, no_night))


def changed(path: Path, before: str, after: str) -> Path:
    assert before in DICE
    path.write_text(DICE.replace(before, after), encoding="utf-8")
    return path


def same_scores(one: StudyResult, other: StudyResult) -> bool:
    return all(
        np.array_equal(values, theirs.scores[metric], equal_nan=True)
        for mine, theirs in zip(one.configurations, other.configurations, strict=True)
        for metric, values in mine.scores.items()
    )


def test_the_file_says_it_all(dice: Path) -> None:
    file = read_study(dice)
    assert (file.kind.name, file.settings.repeats, file.wants_database) == ("dice", 50, False)
    assert [one.name for one in file.configurations] == ["plain", "loaded", "off the table"]
    assert len(file.sha256) == 64
    dice.write_text(DICE + "# a comment", encoding="utf-8")
    again = read_study(dice, repeats=7)
    assert again.settings.repeats == 7
    assert again.settings.model_copy(update={"repeats": 50}) == file.settings
    assert again.sha256 != file.sha256


def test_the_same_file_and_seed_give_the_same_table(dice: Path) -> None:
    first, second = run(dice), run(dice)
    assert first.rows == second.rows
    assert first.verdicts == second.verdicts
    assert same_scores(first.result, second.result)
    other = run(changed(dice, "seed = 3", "seed = 4"))
    assert not same_scores(first.result, other.result)


def test_what_is_found_is_summed_up_and_judged(dice: Path) -> None:
    outcome = run(dice)
    rows = {(row.configuration, row.metric): row for row in outcome.rows}
    assert set(rows) == {(name, metric) for name in ("plain", "loaded", "off the table") for metric in ("pips", "eyes")}
    thrown = outcome.result.configurations[0].scores["pips"]
    assert rows["plain", "pips"].mean == pytest.approx(thrown.mean())
    assert rows["plain", "pips"].published is not None
    assert (rows["off the table", "pips"].count, rows["off the table", "pips"].diverged) == (25, 25)
    assert [(verdict.kind, verdict.holds) for verdict in outcome.verdicts] == [
        ("claim", "confirmed"),
        ("published", "confirmed"),
    ]
    assert outcome.finished_at - outcome.started_at == datetime.timedelta(seconds=outcome.seconds)


def test_it_is_kept_with_every_score(dice: Path, database: Database) -> None:
    outcome = run(dice, repeats=9)
    study_id = keep_study(database, outcome)
    [kept] = studies(database, "two-dice")
    assert (kept.study_id, kept.kind, kept.title, kept.repeats, kept.seed) == (study_id, "dice", "Two dice", 9, 3)
    assert kept.started_at == outcome.started_at
    assert kept.settings["configurations"][1]["added"] == 10
    assert kept.settings["claims"][0]["text"] == "a loaded die shows more"
    found = scores_of(database, study_id)
    assert len(found) == 6
    for one in outcome.result.configurations:
        for metric, values in one.scores.items():
            np.testing.assert_array_equal(found[one.name, metric], values)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("kind = dice", "is not valid TOML"),
        (b"name = '\xff'", "is not text in UTF-8"),
        ("name = 'x'", "does not say what kind of study it is"),
        ("kind = 'wave'", "'wave', which is not known, did you mean 'waves'?"),
        ("kind = 7", "kind 7, which is not known"),
        ("kind = ['dice']", "which is not known"),
        (DICE.replace("seed", "sede"), "[sede] is not known, did you mean 'seed'?"),
        (DICE.replace("sides", "side"), "[dice] side is not known, did you mean 'sides'?"),
        (DICE.replace("added", "aded"), "[configurations.'loaded'] aded is not known, did you mean 'added'?"),
        (DICE.replace("repeats = 50", "repeats = 0"), "[repeats]: Input should be greater than or equal to 1"),
        (DICE.replace('second = "loaded"', 'second = "laoded"'), "speaks of 'laoded', but there are only 'plain'"),
        (DICE.partition("[[")[0], "[configurations]: Field required"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(dice: Path, content: str | bytes, expected: str) -> None:
    dice.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as caught:
        read_study(dice)
    assert expected in caught.value.reason
    assert str(dice) in caught.value.reason
    assert caught.value.remedy


def test_a_file_with_the_mark_of_utf_8_is_read(dice: Path) -> None:
    dice.write_text(DICE, encoding="utf-8-sig")
    assert read_study(dice).settings.name == "two-dice"


def test_only_the_first_problems_are_named(dice: Path) -> None:
    dice.write_text(DICE + "".join(f'[[configurations]]\nname = "n{i}"\nbad = 1\n' for i in range(9)), encoding="utf-8")
    with pytest.raises(InputError, match="and 4 more") as caught:
        read_study(dice)
    assert caught.value.reason.count("bad is not known") == MOST_PROBLEMS


@pytest.mark.parametrize("repeats", [0, -1, 10**9])
def test_repeats_in_place_of_the_files_are_checked_too(dice: Path, repeats: int) -> None:
    with pytest.raises(InputError, match=r"\[repeats\]"):
        read_study(dice, repeats)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    for path, expected in ((tmp_path / "none.toml", "There is no study file"), (tmp_path, "cannot be read")):
        with pytest.raises(InputError, match=expected):
            read_study(path)


def test_what_the_kind_refuses_is_refused(dice: Path) -> None:
    with pytest.raises(InputError, match="round"):
        run(changed(dice, "sides = 6", "sides = 600"))


@pytest.mark.parametrize("name", list(KINDS))
def test_every_kind_is_there(name: str) -> None:
    settings: Any = KINDS[name].settings
    assert settings.model_fields["kind"].annotation.__args__ == (name,)
    assert settings.model_fields["configurations"].is_required()


def test_a_study_file_needs_no_night(dice: Path) -> None:
    file: StudyFile = read_study(dice)
    assert study_data(file, no_night) == 6
