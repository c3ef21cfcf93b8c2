"""The inputs of the classic networks: sequences of intervals, amounts and weekdays of a window."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.next_visit.recipes.classic.windows import Windows

Inputs = list[NDArray[np.float32]]
"""One array for each input of a network, the rows first."""

LOG_INTERVAL = 4.0
"""The divisor of the logarithm of an interval: two months become about 1."""

LIMIT = 4.0
WEEKDAYS = 7


def interval_channels(windows: Windows) -> NDArray[np.float32]:
    """Whether there is an interval, and ``log(1 + days)`` scaled to about 0 to 2: (r, look_back, 2)."""
    logarithm = np.log1p(windows.interval) / LOG_INTERVAL
    return np.stack([windows.has_interval, logarithm], axis=2).astype(np.float32)


def amount_channels(windows: Windows, moments: tuple[float, float]) -> NDArray[np.float32]:
    """Whether the amount is known, and its standardised logarithm, clipped at 4 deviations: (r, look_back, 2)."""
    known = np.isfinite(windows.amount)
    mean, spread = moments
    scaled = np.clip((_logarithm(np.where(known, windows.amount, 0.0)) - mean) / spread, -LIMIT, LIMIT)
    return np.stack([known, np.where(known, scaled, 0.0)], axis=2).astype(np.float32)


def weekday_channels(windows: Windows) -> NDArray[np.float32]:
    """One channel for each weekday, all zero in the padding: (r, look_back, 7)."""
    channels: NDArray[np.float32] = (windows.weekday[:, :, None] == np.arange(WEEKDAYS)).astype(np.float32)
    return channels


def amount_moments(amount: NDArray[np.float64]) -> tuple[float, float]:
    """Mean and standard deviation of the logarithms of the known amounts; 0 and 1 where they have none."""
    logarithms = _logarithm(amount[np.isfinite(amount)])
    if not logarithms.size:
        return 0.0, 1.0
    spread = float(logarithms.std())
    return float(logarithms.mean()), spread if spread > 1e-6 else 1.0


def _logarithm(amount: NDArray[np.float64]) -> NDArray[np.float64]:
    """``log(1 + |amount|)`` with the amount's sign: credits are negative."""
    return np.sign(amount) * np.log1p(np.abs(amount))
