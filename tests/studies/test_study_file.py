"""Study files: what is read, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from nightcast.errors import InputError
from studies.kinds import KINDS
from studies.study_file import MOST_PROBLEMS, read_study
from tests.studies.database import NoDatabase
from tests.studies.dice import DICE, dice

__all__ = ["dice"]


def test_a_file_is_read_with_its_hash(dice: Path) -> None:
    file = read_study(dice)
    assert (file.kind.name, file.settings.repeats) == ("dice", 50)
    assert [one.name for one in file.settings.configurations] == ["plain", "loaded", "off the table"]
    assert len(file.sha256) == 64
    dice.write_text(DICE + "# a comment", encoding="utf-8")
    again = read_study(dice, repeats=7)
    assert again.settings.repeats == 7
    assert again.settings.model_copy(update={"repeats": 50}) == file.settings
    assert again.sha256 != file.sha256


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("kind = dice", "TOML"),
        (b"name = '\xff'", "UTF-8"),
        ("name = 'x'", "has no kind"),
        ("kind = 'wave'", "did you mean 'waves'?"),
        ("kind = 7", "unknown kind 7"),
        ("kind = ['dice']", "unknown kind"),
        (DICE.replace("seed", "sede"), "[sede] is not known, did you mean 'seed'?"),
        (DICE.replace("sides", "side"), "[dice] side is not known, did you mean 'sides'?"),
        (DICE.replace("added", "aded"), "[configurations.'loaded'] aded is not known, did you mean 'added'?"),
        (DICE.replace("repeats = 50", "repeats = 0"), "[repeats]"),
        (DICE.replace('second = "loaded"', 'second = "laoded"'), "'laoded'"),
        (DICE.replace("published.pips", "published.pip"), "'pip'"),
        (DICE.replace('metric = "pips"', 'metric = "pip"'), "'pip'"),
        (DICE + 'first_metric = "pip"', "'pip'"),
        (DICE.replace('name = "loaded"', 'name = "plain"'), "two configurations"),
        (DICE.partition("[[")[0], "[configurations]"),
    ],
)
def test_an_invalid_file_is_refused_with_the_place(dice: Path, content: str | bytes, named: str) -> None:
    dice.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as caught:
        read_study(dice)
    assert named in caught.value.reason
    assert str(dice) in caught.value.reason
    assert caught.value.remedy


def test_a_file_with_a_byte_order_mark_is_read(dice: Path) -> None:
    dice.write_text(DICE, encoding="utf-8-sig")
    assert read_study(dice).settings.name == "two-dice"


def test_only_the_first_problems_are_named(dice: Path) -> None:
    dice.write_text(DICE + "".join(f'[[configurations]]\nname = "n{i}"\nbad = 1\n' for i in range(9)), encoding="utf-8")
    with pytest.raises(InputError, match="and 4 more") as caught:
        read_study(dice)
    assert caught.value.reason.count("bad is not known") == MOST_PROBLEMS


@pytest.mark.parametrize("repeats", [0, -1, 10**9])
def test_repeats_that_replace_those_of_the_file_are_checked_too(dice: Path, repeats: int) -> None:
    with pytest.raises(InputError, match=r"\[repeats\]"):
        read_study(dice, repeats)


def test_a_file_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(InputError, match=path.name):
            read_study(path)


@pytest.mark.parametrize("name", list(KINDS))
def test_every_kind_is_complete(name: str) -> None:
    kind = KINDS[name]()
    assert kind.name == name
    assert get_args(kind.settings.model_fields["kind"].annotation) == (name,)
    assert kind.settings.model_fields["configurations"].is_required()


def test_a_study_without_stored_data_asks_for_no_database(dice: Path) -> None:
    read_study(dice).experiment(NoDatabase())
