"""Hazards of bins: the probability of a visit in a bin, given none in an earlier one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SMALLEST_REACHED = 1e-12


def log_odds(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log odds, bounded to about -11.5 to 11.5 so that a single-precision network can read them."""
    inside = np.clip(probability, 1e-5, 1 - 1e-5)
    result: NDArray[np.float64] = np.log(inside / (1 - inside))
    return result


def from_log_odds(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """The probabilities of log odds."""
    result: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-odds))
    return result


def from_hazards(hazards: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of each bin (r, K) from the hazards of all bins but the last (r, K - 1)."""
    reached = np.cumprod(1.0 - hazards, axis=1)
    before = np.column_stack([np.ones(len(hazards)), reached[:, :-1]])
    return np.column_stack([before * hazards, reached[:, -1]])


def raised(probabilities: NDArray[np.float64], level: NDArray[np.float64]) -> NDArray[np.float64]:
    """The probabilities (r, K) with the log odds of every bin's hazard raised by `level` (r, K - 1)."""
    reached = np.cumsum(probabilities[:, ::-1], axis=1)[:, ::-1]
    return from_hazards(from_log_odds(log_odds(probabilities[:, :-1] / reached[:, :-1]) + level))


def at_least(probabilities: NDArray[np.float64], least: NDArray[np.float64]) -> NDArray[np.float64]:
    """The probabilities (r, K) with the hazard of every bin raised to `least` (K - 1) where it is smaller."""
    reached = np.cumsum(probabilities[:, ::-1], axis=1)[:, :0:-1]
    return from_hazards(np.maximum(probabilities[:, :-1] / np.maximum(reached, SMALLEST_REACHED), least))
