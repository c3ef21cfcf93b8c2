"""Scores of the forecasts of a configuration's repeats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from models.common.arrays import Floats, Integers, Singles
from studies.intervals.windows import Intervals, Splits

SMALLEST = 1e-9
"""Probabilities are at least this in a log loss."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """The outcome of all repeats of one configuration.

    Attributes:
        scores: By metric, (repeats,).
        confusion: (bins, bins), how often each observed bin of the test windows was forecast as each bin, over all
            repeats.
        numbers: The first repeat's forecasts of the test windows' days, where days are forecast.
        compile_seconds: The seconds that compiling took.
        chosen: The look-back of each repeat, where it is validated.
        validation: The losses (repeats,) of each candidate for the look-back.
    """

    scores: dict[str, Floats]
    confusion: Integers
    numbers: Floats | None = None
    compile_seconds: float = 0.0
    chosen: Integers | None = None
    validation: dict[int, Floats] = field(default_factory=dict)


def of_most_frequent_bin(intervals: Intervals, splits: Splits) -> Outcome:
    """The outcome of always forecasting the most frequent bin of the training windows."""
    bins, count = intervals.bins, intervals.classes.classes
    shares = np.stack([(bins == one)[splits.train].mean(axis=1) for one in range(count)], axis=1)
    forecasts = np.broadcast_to(shares.argmax(axis=1)[:, None], (len(shares), bins.size))
    losses = {"error": forecasts != bins, "log_loss": -np.log(np.maximum(shares[:, bins], SMALLEST))}
    return Outcome(_scores(losses, splits), _confusion(forecasts, intervals, splits))


def of_bins(outputs: Singles, intervals: Intervals, splits: Splits) -> Outcome:
    """The outcome of networks that forecast bins.

    Args:
        outputs: Before the softmax, (R, n, bins).
        intervals: All intervals.
        splits: Splits of the R repeats.
    """
    forecasts = outputs.argmax(axis=2)
    observed = log_probabilities(outputs)[:, np.arange(intervals.bins.size), intervals.bins]
    losses = {"error": forecasts != intervals.bins, "log_loss": -np.maximum(observed, np.log(SMALLEST))}
    return Outcome(_scores(losses, splits), _confusion(forecasts, intervals, splits))


def of_days(days: Floats, intervals: Intervals, splits: Splits) -> Outcome:
    """The outcome of networks that forecast days, which are then put into bins.

    Args:
        days: (R, n).
        intervals: All intervals.
        splits: Splits of the R repeats.
    """
    forecasts = intervals.classes.label(days)
    losses = {"error": forecasts != intervals.bins, "mae": np.abs(days - intervals.days)}
    return Outcome(_scores(losses, splits), _confusion(forecasts, intervals, splits), days[0, splits.test[0]])


def log_probabilities(outputs: Singles) -> Floats:
    """The logarithm of the softmax over the last axis."""
    shifted = outputs.astype(np.float64) - outputs.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def joined(parts: Sequence[Outcome]) -> Outcome:
    """The outcome of all repeats, from those of some repeats each, in their order."""
    scores = {metric: np.concatenate([part.scores[metric] for part in parts]) for metric in parts[0].scores}
    return Outcome(scores, np.sum([part.confusion for part in parts], axis=0), parts[0].numbers)


def _scores(losses: dict[str, Floats], splits: Splits) -> dict[str, Floats]:
    """The mean of losses (R, n) over the windows of each part."""
    return {
        f"{part}_{name}": np.take_along_axis(values, rows, axis=1).mean(axis=1)
        for part, rows in (("train", splits.train), ("test", splits.test))
        for name, values in losses.items()
    }


def _confusion(forecasts: Integers, intervals: Intervals, splits: Splits) -> Integers:
    bins, tested = intervals.classes.classes, np.take_along_axis(forecasts, splits.test, axis=1)
    return np.bincount((intervals.bins[splits.test] * bins + tested).ravel(), minlength=bins**2).reshape(bins, bins)
