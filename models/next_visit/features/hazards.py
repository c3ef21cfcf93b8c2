"""Hazards of bins: the probability of a visit in a bin, given none in an earlier one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SMALLEST_REACHED = 1e-12
NEWTON_STEPS = 10


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
    return from_hazards(from_log_odds(hazard_log_odds(probabilities) + level))


def hazard_log_odds(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """The log odds of every bin's hazard (r, K - 1), from the probabilities of bins (r, K)."""
    return log_odds(hazards_of(probabilities))


def hazards_of(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """The hazard of every bin but the last (r, K - 1), from the probabilities of bins (r, K)."""
    reached = np.cumsum(probabilities[:, ::-1], axis=1)[:, :0:-1]
    return np.asarray(probabilities[:, :-1] / np.maximum(reached, SMALLEST_REACHED))


def matching_level(probabilities: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """The level (K - 1) by which probabilities (r, K) have to be `raised` to sum to `expected` (K - 1)."""
    odds, reached = hazard_log_odds(probabilities), np.ones(len(probabilities))
    level = np.zeros(expected.size)
    for place in range(expected.size):
        for _ in range(NEWTON_STEPS):
            hazard = from_log_odds(odds[:, place] + level[place])
            slope = (reached * hazard * (1.0 - hazard)).sum()
            missing = expected[place] - (reached * hazard).sum()
            level[place] += np.clip(missing / max(slope, SMALLEST_REACHED), -1.0, 1.0)
        reached = reached * (1.0 - from_log_odds(odds[:, place] + level[place]))
    return level


def at_least(probabilities: NDArray[np.float64], least: NDArray[np.float64]) -> NDArray[np.float64]:
    """The probabilities (r, K) with the hazard of every bin raised to `least` (K - 1) where it is smaller."""
    return from_hazards(np.maximum(hazards_of(probabilities), least))
