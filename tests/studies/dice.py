"""A kind of study that takes no time: configurations throw dice."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

import numpy as np
import pytest
from pydantic import Field, model_validator

from models.common.selection import Progress, no_progress
from nightcast.errors import InputError
from nightcast.validation import Section
from studies.data import DatabaseRows
from studies.kinds import KINDS, Kind
from studies.results import ConfigurationResult, StudyResult
from studies.settings import Configuration, StudySettings

DICE = """
kind = "dice"
name = "two-dice"
title = "Two dice"
metric = "pips"
repeats = 50
seed = 3
[dice]
sides = 6
[[configurations]]
name = "plain"
published.pips = { mean = 3.5, std = 1.7 }
[[configurations]]
name = "loaded"
added = 10
[[configurations]]
name = "off the table"
lost = 2
[[claims]]
text = "a loaded die shows more"
first = "plain"
second = "loaded"
"""


class DieConfiguration(Configuration):
    added: int = 0
    lost: int = Field(0, description="Every so many throws leave the table; 0: none.")


class Dice(Section):
    sides: int = Field(6, ge=2)


class DiceSettings(StudySettings):
    kind: Literal["dice"]
    dice: Dice = Dice()
    configurations: tuple[DieConfiguration, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        self.check({one.name: ("pips", "eyes") for one in self.configurations})
        return self


def read(settings: DiceSettings, folder: Path, database: DatabaseRows) -> int:
    return settings.dice.sides


def run(settings: DiceSettings, data: int, progress: Progress = no_progress) -> StudyResult:
    if data > 100:
        raise InputError("Such dice are round.", "Take fewer sides.")
    random, results = np.random.default_rng(settings.seed), []
    for done, one in enumerate(settings.configurations, start=1):
        pips = np.asarray(random.integers(1, data + 1, settings.repeats) + one.added, np.float64)
        if one.lost:
            pips[:: one.lost] = np.nan
        results.append(ConfigurationResult(one.name, {"pips": pips, "eyes": pips * 2}, 0.1))
        progress(done / len(settings.configurations))
    return StudyResult(results, notes=["Dice have no memory."])


@pytest.fixture
def dice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study file of that kind, which is known while the test runs."""
    monkeypatch.setitem(KINDS, "dice", lambda: Kind("dice", DiceSettings, read, run))
    path = tmp_path / "dice.toml"
    path.write_text(DICE, encoding="utf-8")
    return path
