from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.landmarks import seen_whole
from models.next_visit.data.visits import VisitHistory
from models.next_visit.features.background import level_of as level_of_base
from models.next_visit.features.level import Level, needed_intercepts
from models.next_visit.features.level_process import YEAR
from nightcast.errors import InputError
from nightcast.values import Bins
from tests.models.next_visit.reference import START, history_of

BINS = Bins((7, 28))
AS_OF = START + 700


def rush(day: int) -> VisitHistory:
    """200 customers at random days, all of whom also come in the week that begins on `day`."""
    random = np.random.default_rng(5)
    return history_of([[*random.integers(START, START + 800, 11), day + code % 7] for code in range(200)])


def level_of(history: VisitHistory, as_of: int = AS_OF) -> Level:
    return level_of_base(CustomerBase.at(history, as_of), BINS)


def test_landmarks_computed_together_or_alone_have_the_same_level(monkeypatch: pytest.MonkeyPatch) -> None:
    history = rush(AS_OF - YEAR + 7)
    together = level_of(history)
    monkeypatch.setattr("models.next_visit.features.level.ROWS_AT_ONCE", 1)
    np.testing.assert_allclose(level_of(history).intercepts, together.intercepts, atol=1e-12)


def test_the_intercept_expects_as_many_as_came() -> None:
    random = np.random.default_rng(3)
    offset = random.normal(-2, 1, (50_000, 2))
    came = random.random(offset.shape) < 1 / (1 + np.exp(-(offset + np.array([0.5, -0.3]))))
    at_risk = random.random(offset.shape) < 0.8
    intercepts, information = needed_intercepts(offset, came, at_risk)
    chance = 1 / (1 + np.exp(-(offset + intercepts)))
    assert information == pytest.approx((chance * (1 - chance) * at_risk).sum(axis=0))
    expected = ((1 / (1 + np.exp(-(offset + intercepts)))) * at_risk).sum(axis=0)
    np.testing.assert_allclose(expected, (came & at_risk).sum(axis=0), rtol=2e-3)
    assert intercepts == pytest.approx([0.5, -0.3], abs=0.05)


def test_few_customers_say_little() -> None:
    assert not needed_intercepts(np.zeros((0, 1)), np.zeros((0, 1), bool), np.zeros((0, 1), bool)).any()
    [one], [information] = needed_intercepts(np.full((1, 1), -3.0), np.ones((1, 1), bool), np.ones((1, 1), bool))
    assert 0 < one < 0.3
    assert 0 < information < 0.25


def test_a_rush_a_year_ago_is_expected_again_in_its_week_only() -> None:
    level = level_of(rush(AS_OF - YEAR + 7))
    this_week, next_week, later = level.expected(np.array([AS_OF, AS_OF + 7, AS_OF + 21]))
    assert next_week[0] - this_week[0] > 0.5
    assert next_week[0] - later[0] > 0.5


def test_what_comes_after_the_day_changes_nothing_and_what_is_not_over_is_unknown() -> None:
    history = rush(AS_OF - YEAR + 7)
    known, everything = level_of(history.before(AS_OF)), level_of(history)
    np.testing.assert_array_equal(known.intercepts, everything.intercepts)
    np.testing.assert_array_equal(np.isfinite(known.intercepts), seen_whole(known.days, AS_OF, BINS))
    assert known.days[-1] == AS_OF - 7
    assert not np.isfinite(known.intercepts[-1, 1])


def test_past_days_lie_between_landmarks_in_proportion() -> None:
    intercepts = np.array([[1.0, math.nan], [8.0, math.nan]])
    level = Level(0, BINS, np.array([100, 107]), intercepts, np.ones((2, 2)))
    seen = level.seen(np.array([99, 100, 103, 107, 108]))
    assert seen[:, 0] == pytest.approx([0, 1, 4, 8, 0])
    assert (seen[:, 1] == 0).all()


def test_an_empty_or_new_history_has_none() -> None:
    for history in (history_of([[]]), history_of([[AS_OF - 1]])):
        level = level_of(history)
        assert (level.expected(np.array([AS_OF, AS_OF + 5])) == 0).all()


def test_described_and_read_it_is_the_same() -> None:
    level = level_of(rush(AS_OF - YEAR + 7))
    again = Level.described(level.describe(), BINS)
    np.testing.assert_array_equal(again.intercepts, level.intercepts)
    np.testing.assert_array_equal(again.days, level.days)
    ahead = np.array([AS_OF, AS_OF + 3])
    np.testing.assert_array_equal(again.expected(ahead), level.expected(ahead))


@pytest.mark.parametrize(
    "values",
    [
        None,
        {},
        {"first": 0, "days": [1]},
        {"days": [1], "intercepts": [[0, 0]], "information": [[1, 1]]},
        {"first": 0, "days": [7, 1], "intercepts": [[0, 0]] * 2, "information": [[1, 1]] * 2},
        {"first": 0, "days": [1], "intercepts": [[0]], "information": [[1]]},
        {"first": 0, "days": [1], "intercepts": [[0, 0]]},
        {"first": 0, "days": [1], "intercepts": [[0, 0]], "information": [[1, -1]]},
    ],
)
def test_a_damaged_description_is_refused(values: Any) -> None:
    with pytest.raises(InputError, match="level"):
        Level.described(values, BINS)
