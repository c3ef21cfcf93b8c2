"""Figures of the accuracy of probabilities of bins, once the bins have been observed.

Every figure is a mean or a sum over all customers known at the as-of, whether they returned or not: all bins have been
observed, so no weights for censoring are needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nightcast.values import Bins

PRIMARY = "log_loss"
"""The figure that decides."""

SMALLEST = 1e-9
CALIBRATION_GROUPS = 10


def log_losses(probabilities: NDArray[np.float64], observed: NDArray[np.int64]) -> NDArray[np.float64]:
    """Negative log of the probability that each row gave to the observed bin: (r,)."""
    given = np.take_along_axis(probabilities, observed[:, None], axis=1)[:, 0]
    return -np.log(np.maximum(given, SMALLEST))


def figures(probabilities: NDArray[np.float64], observed: NDArray[np.int64], bins: Bins) -> dict[str, float]:
    """All figures of these rows, by name.

    log_loss: mean of `log_losses`, the figure that decides.
    rps: ranked probability score, the mean of the ``brier_<edge>`` below (Epstein, 1969).
    brier_<edge>: mean squared error of the probability of a visit by that day.
    ece: mean gap between predicted and realised share of visits within the horizon, in ten groups of equal size.
    auc_return: probability that a customer who returned within the horizon had a higher return probability than one who
        did not; absent if all or none returned.
    predicted_returners, realised_returners: customers expected, and observed, within the horizon.
    """
    briers = brier_scores(probabilities, observed)
    predicted, returned = probabilities[:, :-1].sum(axis=1), observed < bins.count - 1
    values = {
        "log_loss": float(log_losses(probabilities, observed).mean()),
        "rps": float(briers.mean()),
        **{brier_name(edge): float(brier) for edge, brier in zip(bins.edges, briers, strict=True)},
        "ece": calibration_error(predicted, returned),
        "predicted_returners": float(predicted.sum()),
        "realised_returners": float(returned.sum()),
    }
    area = auc(predicted, returned)
    return values if area is None else {**values, "auc_return": area}


def bin_figures(
    probabilities: NDArray[np.float64], observed: NDArray[np.int64], bins: Bins, number: int
) -> dict[str, float]:
    """The figures of one bin, known once its own days are over, by name.

    brier_<edge>: as in `figures`.
    predicted_customers, realised_customers: customers whose next visit was expected, and observed, in the bin.

    Args:
        probabilities: (r, K).
        observed: (r,); bins that are not over yet count as ``later``.
        bins: the bins.
        number: the bin, from 0; not ``later``.
    """
    return {
        brier_name(bins.edges[number]): float(brier_scores(probabilities, observed)[number]),
        "predicted_customers": float(probabilities[:, number].sum()),
        "realised_customers": float(np.count_nonzero(observed == number)),
    }


def brier_name(edge: int) -> str:
    """The name of the Brier score of a visit by the day `edge`."""
    return f"brier_{edge}"


def brier_scores(probabilities: NDArray[np.float64], observed: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean squared error of the probability of a visit by each edge (Brier, 1950): (K - 1,)."""
    by_edge = probabilities[:, :-1].cumsum(axis=1)
    came_by = observed[:, None] <= np.arange(by_edge.shape[1])
    scores: NDArray[np.float64] = ((by_edge - came_by) ** 2).mean(axis=0)
    return scores


@dataclass(frozen=True, eq=False)
class CalibrationGroups:
    """Groups of customers of equal size, in the order of their predicted probability, (g,) each.

    Attributes:
        predicted: mean predicted probability.
        realised: share of those who came.
        customers: number of customers.
    """

    predicted: NDArray[np.float64]
    realised: NDArray[np.float64]
    customers: NDArray[np.int64]


def calibration_groups(predicted: NDArray[np.float64], came: NDArray[np.bool_]) -> CalibrationGroups:
    """Ten groups, or one for each customer where there are fewer; none without a customer."""
    order = np.argsort(predicted, kind="stable")
    count = min(CALIBRATION_GROUPS, order.size)
    # As np.array_split: the first groups have one more.
    customers = order.size // max(count, 1) + (np.arange(count) < order.size % max(count, 1))
    starts = np.cumsum(customers) - customers
    sums = [
        np.add.reduceat(values[order].astype(np.float64), starts) if count else np.zeros(0)
        for values in (predicted, came)
    ]
    return CalibrationGroups(sums[0] / customers, sums[1] / customers, customers)


def calibration_error(predicted: NDArray[np.float64], returned: NDArray[np.bool_]) -> float:
    """Expected calibration error over the `calibration_groups`."""
    groups = calibration_groups(predicted, returned)
    return float((groups.customers * np.abs(groups.predicted - groups.realised)).sum() / predicted.size)


def auc(predicted: NDArray[np.float64], came: NDArray[np.bool_]) -> float | None:
    """Area under the ROC curve, ties counting half; None where all or none came."""
    if came.all() or not came.any():
        return None
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(came, predicted))


def segments(visit_days: NDArray[np.int64]) -> dict[str, NDArray[np.bool_]]:
    """The groups of customers that figures are given for, by their visit days at the as-of."""
    return {
        "all": np.ones(visit_days.size, dtype=np.bool_),
        "1 visit": visit_days == 1,
        "2-4 visits": (visit_days >= 2) & (visit_days <= 4),
        "5+ visits": visit_days >= 5,
    }
