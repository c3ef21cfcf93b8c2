"""Scores against slow references."""

from __future__ import annotations

import math

import pytest

from studies.intervals.measure import of_most_frequent_bin
from studies.intervals.windows import Intervals, Splits
from tests.studies.intervals.example import settings, turns


def test_the_most_frequent_bin_is_that_of_the_training_windows() -> None:
    study = settings({"model": "most_frequent_bin"}, repeats=4)
    intervals = Intervals.of(turns(), study.windows)
    splits = Splits.draw(intervals.days.size, 0.3, 4, 1)
    outcome = of_most_frequent_bin(intervals, splits)
    for repeat in range(4):
        trained = intervals.bins[splits.train[repeat]].tolist()
        observed = intervals.bins[splits.test[repeat]].tolist()
        forecast = max(set(trained), key=trained.count)
        assert outcome.scores["test_error"][repeat] == pytest.approx(
            sum(one != forecast for one in observed) / len(observed)
        )
        loss = -sum(math.log(trained.count(one) / len(trained)) for one in observed) / len(observed)
        assert outcome.scores["test_log_loss"][repeat] == pytest.approx(loss)
    assert outcome.confusion.sum() == splits.test.size
