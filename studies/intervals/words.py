"""What a reader of a study of customers' next visits needs to know."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import numpy as np

from nightcast.values import to_day
from studies.intervals.outcome import Outcome
from studies.intervals.visits import Visits
from studies.intervals.windows import Intervals, Splits

EXAMPLE = (
    "2015-05-15 14:03:51",
    "2015-05-15 15:32:46",
    "2015-06-28 18:00:17",
    "2015-07-16 21:27:18",
    "2015-07-16 22:04:51",
    "2015-09-08 14:59:56",
)
"""The published visits of one customer."""


def example() -> Visits:
    """The published visits."""
    days = [to_day(datetime.datetime.fromisoformat(moment).date()) for moment in EXAMPLE]
    return Visits.from_rows([0] * len(days), days)


def notes(intervals: Intervals, splits: Splits, outcomes: dict[str, Outcome]) -> list[str]:
    """Sentences on what is counted, on what, and what was chosen.

    Args:
        intervals: All.
        splits: Of the repeats.
        outcomes: By configuration.
    """
    return [_definition(), _extent(intervals, splits), _shares(intervals), *_ways(), *_choices(outcomes)]


def _definition() -> str:
    days = ", ".join(map(str, example().intervals))
    return (
        f"An interval is the calendar days between two visits of a customer: {', '.join(EXAMPLE)} give {days}. "
        "Visits on one day stay, as published, and make intervals of 0; the nightly forecasts count visit days instead."
    )


def _extent(intervals: Intervals, splits: Splits) -> str:
    visits = intervals.visits
    return (
        f"{visits.day.size} visits of {visits.customers} customers make {intervals.days.size} windows: each repeat "
        f"learns from {splits.train.shape[1]} and is tested on {splits.test.shape[1]}, drawn at random. So a customer "
        "may be in both parts, and a test window may lie before a training window, as in the published experiment."
    )


def _shares(intervals: Intervals) -> str:
    shares = np.bincount(intervals.bins, minlength=intervals.classes.classes) / intervals.bins.size
    return (
        "The windows' intervals are "
        + ", ".join(f"{label} days: {share:.1%}" for label, share in zip(intervals.labels, shares, strict=True))
        + "."
    )


def _ways() -> Iterator[str]:
    yield (
        "An error is the share of windows whose bin is not the one that is said. interval_number learns the days by "
        "mean squared error, standardised by its training windows, and what it says is put into a bin; it gives no "
        "probabilities, and thus no log loss."
    )
    yield "The LSTM layers have the usual tanh inside, where the published ones have ReLU."


def _choices(outcomes: dict[str, Outcome]) -> Iterator[str]:
    for name, outcome in outcomes.items():
        if outcome.chosen is not None:
            times = ", ".join(f"{one} in {int((outcome.chosen == one).sum())}" for one in outcome.validation)
            yield f"Of {outcome.chosen.size} repeats, {name} chose the look-back {times}."
