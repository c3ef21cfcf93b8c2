"""Notes for readers of a study of customers' next visits."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import numpy as np

from nightcast.values import to_day
from studies.data import Visits
from studies.intervals.measure import Outcome
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
    """Sentences on intervals, windows, metrics and the look-backs that were chosen.

    Args:
        intervals: All intervals.
        splits: Splits of the repeats.
        outcomes: By configuration.
    """
    return [
        _on_intervals(),
        _on_windows(intervals, splits),
        _on_shares(intervals),
        "An error is the share of windows whose forecast is the wrong bin. interval_number minimises the mean squared "
        "error of the days, standardised by its training windows; its forecast is then put into a bin. It gives no "
        "probabilities, and thus no log loss.",
        "The LSTM layers use tanh, as usual, where the published ones use ReLU.",
        *_on_look_backs(outcomes),
    ]


def _on_intervals() -> str:
    days = ", ".join(map(str, example().intervals))
    return (
        f"An interval is the number of calendar days between two visits of a customer: {', '.join(EXAMPLE)} give "
        f"{days}. Several visits on one day all count, as published, and make intervals of 0; the nightly forecasts "
        "count visit days instead."
    )


def _on_windows(intervals: Intervals, splits: Splits) -> str:
    visits, train, test = intervals.visits, splits.train.shape[1], splits.test.shape[1]
    return (
        f"{visits.day.size:,} visits of {visits.customers:,} customers make {intervals.days.size:,} windows. Each "
        f"repeat trains on {train:,} and tests on {test:,} of them, drawn at random. A customer may thus be in both "
        "parts, and a test window may be earlier than a training window, as in the published experiment."
    )


def _on_shares(intervals: Intervals) -> str:
    shares = np.bincount(intervals.bins, minlength=intervals.classes.classes) / intervals.bins.size * 100
    listed = ", ".join(f"{label} days: {share:.1f} %" for label, share in zip(intervals.labels, shares, strict=True))
    return f"The shares of the bins are: {listed}."


def _on_look_backs(outcomes: dict[str, Outcome]) -> Iterator[str]:
    for name, outcome in outcomes.items():
        if outcome.chosen is not None:
            times = ", ".join(f"{one} in {int((outcome.chosen == one).sum())}" for one in outcome.validation)
            yield f"Of {outcome.chosen.size} repeats, {name} chose the look-back {times}."
