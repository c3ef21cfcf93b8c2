"""Scales features to about zero mean and unit standard deviation, and bounds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.common.description import attempt, damaged
from models.next_visit.features.customers import Features

LIMIT = 4.0
SCALED_CHANNELS = slice(1, 3)
"""The channels of log interval and log amount; the others already lie between -1 and 1."""


@dataclass(frozen=True, eq=False)
class Scaling:
    """Means and standard deviations of the training rows.

    Attributes:
        summary: float64 (2, features), means and standard deviations.
        sequence: float64 (2, 2), those of the scaled channels over the intervals that exist.
    """

    summary: NDArray[np.float64]
    sequence: NDArray[np.float64]

    @classmethod
    def fit(cls, rows: Features) -> Scaling:
        """The scaling of these training rows."""
        present = rows.sequence[:, :, 0] > 0
        return cls(_moments(rows.summary), _moments(rows.sequence[present][:, SCALED_CHANNELS]))

    def apply(self, rows: Features) -> Features:
        """The rows scaled, and clipped at four standard deviations from the mean."""
        sequence = rows.sequence.copy()
        present = sequence[:, :, 0] > 0
        for channel, moments in zip(np.moveaxis(sequence[:, :, SCALED_CHANNELS], 2, 0), self.sequence.T, strict=True):
            channel[:] = _scaled(channel, moments) * present
        return Features(sequence, _scaled(rows.summary, self.summary), rows.offset)

    def describe(self) -> dict[str, Any]:
        """The scaling as plain numbers, for JSON."""
        return {"summary": self.summary.tolist(), "sequence": self.sequence.tolist()}

    @classmethod
    def described(cls, values: Any, features: int) -> Scaling:
        """The scaling that `describe` described.

        Raises:
            InputError: if the numbers are missing, not finite or too few or too many.
        """
        summary = attempt(lambda: np.asarray(values["summary"], dtype=np.float64).reshape(2, features), "the scaling")
        sequence = attempt(lambda: np.asarray(values["sequence"], dtype=np.float64).reshape(2, 2), "the scaling")
        if not (np.isfinite(summary).all() and np.isfinite(sequence).all() and (summary[1] > 0).all()):
            raise damaged("its scaling holds values that are not finite")
        return cls(summary, sequence)


def _moments(values: NDArray[np.float32]) -> NDArray[np.float64]:
    if not len(values):
        return np.stack([np.zeros(values.shape[1]), np.ones(values.shape[1])])
    mean, spread = values.mean(axis=0, dtype=np.float64), values.std(axis=0, dtype=np.float64)
    return np.stack([mean, np.where(spread > 1e-6, spread, 1.0)])


def _scaled(values: NDArray[np.float32], moments: NDArray[np.float64]) -> NDArray[np.float32]:
    mean, spread = moments.astype(np.float32)
    scaled: NDArray[np.float32] = values - mean
    scaled /= spread
    return np.clip(scaled, -LIMIT, LIMIT, out=scaled)
