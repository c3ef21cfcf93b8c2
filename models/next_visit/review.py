"""The review of a published forecast, part by part."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.intervals import Rows
from models.next_visit.data.landmarks import observed_bin
from models.next_visit.data.visits import VisitHistory
from models.next_visit.features.background import life_table_of
from models.next_visit.gate.figures import bin_figures, figures
from models.next_visit.recipes.life_table import NAME, LifeTableModel
from nightcast.values import WHOLE, Bins, Evaluation, Part


def parts_of(day: int, bins: Bins) -> list[Part]:
    """The parts of a forecast of the as-of `day`: each bin but ``later``, and the whole."""
    single = [Part(label, day + edge - 1) for label, edge in zip(bins.labels, bins.edges, strict=False)]
    return [*single, Part(WHOLE, single[-1].last_day)]


def review_published(
    history: VisitHistory, day: int, bins: Bins, probabilities: NDArray[np.float64], parts: Sequence[str]
) -> list[Evaluation]:
    """The figures of published probabilities, and of a life table fitted on what was known at their as-of.

    Args:
        history: what is known now, including all days of the parts.
        day: the as-of of the forecast, in days since 1970-01-01.
        bins: the bins that it was published with.
        probabilities: (n, K), by the codes of `history`; NaN for customers without a forecast.
        parts: the names of the parts to review.

    Returns:
        With each part as the segment, over the customers with a forecast: the `bin_figures` of a bin, or the `figures`
        of the whole, and ``customers``, their number, without a baseline. If there is no such customer, only the
        number.
    """
    customer = np.flatnonzero(~np.isnan(probabilities).any(axis=1))
    counts = [Evaluation(day, part, "customers", float(customer.size), NAME, math.nan) for part in parts]
    if not customer.size:
        return counts
    observed = observed_bin(history, Rows.at(history, customer, day), bins)
    known = CustomerBase.at(history, day)
    baseline = LifeTableModel(bins, life_table_of(known)).probabilities(known)[customer]

    def compared(part: str) -> Iterator[Evaluation]:
        theirs = _figures(baseline, observed, bins, part)
        for name, value in _figures(probabilities[customer], observed, bins, part).items():
            yield Evaluation(day, part, name, value, NAME, theirs[name])

    return [*(one for part in parts for one in compared(part)), *counts]


def _figures(
    probabilities: NDArray[np.float64], observed: NDArray[np.int64], bins: Bins, part: str
) -> dict[str, float]:
    if part == WHOLE:
        return figures(probabilities, observed, bins)
    return bin_figures(probabilities, observed, bins, bins.labels.index(part))
