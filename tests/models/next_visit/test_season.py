from __future__ import annotations

import numpy as np

from models.next_visit.intervals import waits
from models.next_visit.life_table import LifeTable
from models.next_visit.season import NEAR, YEAR, Season
from models.next_visit.visits import VisitHistory
from nightcast.values import Bins
from tests.models.next_visit.reference import START, history_of

BINS = Bins((7, 28))
AS_OF = START + 500


def rush(day: int) -> VisitHistory:
    """200 customers at random days, all of whom also come in the week that begins on `day`."""
    random = np.random.default_rng(5)
    return history_of([[*random.integers(START, START + 600, 8), day + code % 7] for code in range(200)])


def season_of(history: VisitHistory, as_of: int = AS_OF) -> Season:
    known = history.before(as_of)
    return Season.fit(known, as_of, np.array([], dtype=np.int64), BINS, LifeTable.fit(waits(known, as_of)))


def test_a_rush_a_year_ago_raises_its_bin_and_its_time_only() -> None:
    season = season_of(rush(AS_OF - YEAR + 7))
    this_week, next_week, later = season.at(np.array([AS_OF, AS_OF + 7, AS_OF + 14]))
    assert next_week[0] > 0.3 > abs(this_week[0])
    assert this_week[1] > 0.1
    assert later[0] < 0.1


def test_what_comes_after_the_day_changes_nothing() -> None:
    history = rush(AS_OF - YEAR + 7)
    np.testing.assert_array_equal(season_of(history).shifts, season_of(history.before(AS_OF)).shifts)
    days = season_of(history).days
    assert (days - YEAR + BINS.horizon <= AS_OF).all()


def test_there_is_none_without_a_year_and_a_horizon_before() -> None:
    history = history_of([[START, START + 30], [START + 3]])
    enough = START + YEAR + BINS.horizon + 1
    assert enough < AS_OF
    assert season_of(history, enough).days[0] == enough
    early = season_of(history, START + 20)
    assert not early.days.size
    assert (early.at(np.array([START + 20])) == 0).all()
    assert not season_of(history_of([[]])).days.size


def test_a_day_takes_the_shift_of_up_to_a_week_before() -> None:
    season = Season(np.array([100, 107]), np.array([[1.0, 2.0], [3.0, 4.0]]))
    found = season.at(np.array([99, 100, 106, 107, 107 + NEAR - 1, 107 + NEAR]))
    assert found[:, 0].tolist() == [0, 1, 1, 3, 3, 0]
