"""The level ahead, of levels whose course is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from models.next_visit.features.level_process import PRIOR_INFORMATION, YEAR, LevelProcess
from nightcast.values import Bins

BINS = Bins((7, 14, 28, 56))
SPANS = np.array([[0, 7], [7, 14], [14, 28], [28, 56]])
AS_OF = 1_000


def process(weekly: NDArray[np.float64], information: float = 1_000.0, first: int = 0) -> LevelProcess:
    """The levels of bins that are the means of their weeks, from `first` to the as-of, as far as they were seen."""
    days = AS_OF - 7 * np.arange(weekly.size, 0, -1)
    padded = np.concatenate([weekly, np.full(8, np.nan)])
    weeks = SPANS // 7
    columns = [[padded[start + begin : start + end].mean() for start in range(weekly.size)] for begin, end in weeks]
    levels = np.array(columns).T
    shrunk = levels * information / (information + PRIOR_INFORMATION)
    return LevelProcess(first, BINS, days, shrunk, np.full(levels.shape, information))


def noise(weeks: int, spread: float) -> NDArray[np.float64]:
    return np.random.default_rng(4).normal(0.0, spread, weeks)


def ahead(levels: LevelProcess, day: int = AS_OF) -> NDArray[np.float64]:
    level: NDArray[np.float64] = levels.expected(np.array([day]))[0]
    return level


def test_a_lasting_shift_is_expected_to_last() -> None:
    shift = np.where(np.arange(100) < 60, 0.0, -0.3) + noise(100, 0.03)
    assert ahead(process(shift)) == pytest.approx([-0.3] * 4, abs=0.08)


def test_a_trend_is_followed_to_where_it_is_now() -> None:
    falling = np.linspace(0.5, -0.5, 100) + noise(100, 0.03)
    level = ahead(process(falling))
    assert level == pytest.approx([-0.5] * 4, abs=0.12)
    assert ahead(process(-falling)) == pytest.approx(-level, abs=0.08)


def test_a_season_of_last_year_is_expected_again() -> None:
    weeks = np.arange(110)
    rush = 0.8 * ((weeks - 110) % (YEAR // 7) < 4) + noise(110, 0.03)
    level = process(rush)
    assert ahead(level)[0] == pytest.approx(0.8, abs=0.25)
    assert abs(ahead(level, AS_OF + 70)[0]) < 0.2


def test_chance_alone_leaves_the_level_near_zero() -> None:
    level = ahead(process(noise(100, 0.2)))
    assert np.abs(level).max() < 0.1


def test_few_visits_say_less_than_many() -> None:
    shift = np.where(np.arange(60) < 50, 0.0, 0.4)
    few, many = (ahead(process(shift, information)) for information in (1.0, 1_000.0))
    assert (few > 0).all()
    assert (few < 0.3 * many).all()


def test_a_bin_that_was_never_seen_takes_the_level_of_the_others() -> None:
    level = process(np.full(5, 0.4))
    assert not np.isfinite(level.intercepts[:, 3]).any()
    assert 0.1 < ahead(level)[3] < ahead(level)[2]


def test_long_ahead_it_returns_to_zero() -> None:
    level = process(np.full(40, 0.4))
    near, far = level.expected(np.array([AS_OF, AS_OF + 2_000]))[:, 0]
    assert abs(far) < 0.2 * near


def test_one_wild_week_does_not_move_the_level() -> None:
    calm = noise(80, 0.05)
    wild = calm.copy()
    wild[40] = -4.0
    assert np.abs(ahead(process(wild)) - ahead(process(calm))).max() < 0.06


def test_a_closed_week_of_last_year_is_expected_again_where_it_is_known_well() -> None:
    weekly = noise(110, 0.05)
    weekly[-YEAR // 7] = -3.0
    assert ahead(process(weekly))[0] < -1.0
    assert abs(ahead(process(weekly, 0.2))[0]) < 0.3


def test_of_many_levels_some_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    shift = np.where(np.arange(100) < 60, 0.0, -0.3) + noise(100, 0.03)
    all_of_them = ahead(process(shift))
    monkeypatch.setattr("models.next_visit.features.level_process.MOST_POINTS", 100)
    some = process(shift)
    assert ahead(some) == pytest.approx(all_of_them, abs=0.05)
    assert some._levels.size <= 100


def test_without_a_level_it_is_zero() -> None:
    none = LevelProcess(0, BINS, np.zeros(0, dtype=np.int64), np.zeros((0, 4)), np.zeros((0, 4)))
    unknown = process(np.full(3, math.nan))
    assert not ahead(none).any()
    assert not ahead(unknown).any()
