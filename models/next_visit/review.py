"""The review of a published forecast, part by part."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.intervals import Rows
from models.next_visit.data.landmarks import observed_bin
from models.next_visit.data.visits import VisitHistory
from models.next_visit.features.background import life_table_of
from models.next_visit.gate.figures import CalibrationGroups, bin_figures, calibration_groups, figures
from models.next_visit.recipes.life_table import NAME, LifeTableModel
from nightcast.values import WHOLE, Bins, Evaluation, Part


def parts_of(day: int, bins: Bins) -> list[Part]:
    """The parts of a forecast of the as-of `day`: each bin but ``later``, and the whole."""
    single = [Part(label, day + edge - 1) for label, edge in zip(bins.labels, bins.edges, strict=False)]
    return [*single, Part(WHOLE, single[-1].last_day)]


@dataclass(frozen=True, eq=False)
class Reviewed:
    """Published probabilities of the customers with a forecast, n of them, and what came.

    Attributes:
        day: the as-of of the forecast, in days since 1970-01-01.
        bins: the bins that it was published with.
        probabilities: (n, K), as published.
        baseline: (n, K), those of a life table fitted on what was known at the as-of.
        observed: (n,), the bin of the next visit, from 0; bins that are not over yet count as ``later``.
    """

    day: int
    bins: Bins
    probabilities: NDArray[np.float64]
    baseline: NDArray[np.float64]
    observed: NDArray[np.int64]


def beside_outcome(history: VisitHistory, day: int, bins: Bins, probabilities: NDArray[np.float64]) -> Reviewed:
    """Published probabilities beside their outcome, and beside those of a life table.

    Args:
        history: what is known now, including all days to review.
        day: the as-of of the forecast, in days since 1970-01-01.
        bins: the bins that it was published with.
        probabilities: (customers, K), by the codes of `history`; NaN for customers without a forecast.
    """
    customer = np.flatnonzero(~np.isnan(probabilities).any(axis=1))
    if not customer.size:
        return Reviewed(day, bins, probabilities[customer], probabilities[customer], customer)
    observed = observed_bin(history, Rows.at(history, customer, day), bins)
    known = CustomerBase.at(history, day)
    baseline = LifeTableModel(bins, life_table_of(known)).probabilities(known)[customer]
    return Reviewed(day, bins, probabilities[customer], baseline, observed)


def figures_of(reviewed: Reviewed, parts: Sequence[str]) -> list[Evaluation]:
    """The figures of parts of a forecast.

    Returns:
        With each part as the segment, over the customers with a forecast: the `bin_figures` of a bin, or the `figures`
        of the whole, and ``customers``, their number, without a baseline. If there is no such customer, only the
        number.
    """
    number = len(reviewed.probabilities)
    counts = [Evaluation(reviewed.day, part, "customers", float(number), NAME, math.nan) for part in parts]
    return [*(one for part in parts if number for one in _compared(reviewed, part)), *counts]


def _compared(reviewed: Reviewed, part: str) -> Iterator[Evaluation]:
    observed, bins = reviewed.observed, reviewed.bins
    theirs = _figures(reviewed.baseline, observed, bins, part)
    for name, value in _figures(reviewed.probabilities, observed, bins, part).items():
        yield Evaluation(reviewed.day, part, name, value, NAME, theirs[name])


def calibration_of(reviewed: Reviewed, part: str) -> CalibrationGroups:
    """Predicted and realised shares of visits, by groups of customers of equal size.

    Args:
        reviewed: the forecast and what came.
        part: a bin, or the whole: a visit within the horizon.
    """
    observed, bins = reviewed.observed, reviewed.bins
    if part == WHOLE:
        return calibration_groups(reviewed.probabilities[:, :-1].sum(axis=1), observed < bins.count - 1)
    number = bins.labels.index(part)
    return calibration_groups(reviewed.probabilities[:, number], observed == number)


def _figures(
    probabilities: NDArray[np.float64], observed: NDArray[np.int64], bins: Bins, part: str
) -> dict[str, float]:
    if part == WHOLE:
        return figures(probabilities, observed, bins)
    return bin_figures(probabilities, observed, bins, bins.labels.index(part))
