"""Comparison of recorded forecasts with present ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.common.arrays import Floats

Forecasts = dict[str, NDArray[Any]]
"""The arrays of one variant, by kind.

``probability`` (customers, bins), ``mean`` (series, steps), ``quantiles`` (series, steps, quantiles), ``status``
(series,) and ``score`` (repeats,).
"""

SEPARATOR = "."
SMALLEST_LEVEL = 1e-3
"""The least level of a series, as a share of the highest level: a series of zeros has none of its own."""

LARGEST = 1e30
"""Larger values are cut to this: a network with hardly any training may forecast more than single precision holds."""


def write(path: Path, variants: dict[str, Forecasts]) -> None:
    """Write the forecasts in single precision into one file."""
    path.parent.mkdir(exist_ok=True)
    arrays = {
        f"{variant}{SEPARATOR}{kind}": _kept(values)
        for variant, kinds in variants.items()
        for kind, values in kinds.items()
    }
    np.savez_compressed(path, allow_pickle=False, **arrays)


def read(path: Path) -> dict[str, Forecasts]:
    """The forecasts of the file, by variant."""
    variants: dict[str, Forecasts] = {}
    with np.load(path, allow_pickle=False) as archive:
        for name in archive.files:
            variant, _, kind = name.rpartition(SEPARATOR)
            variants.setdefault(variant, {})[kind] = archive[name]
    return variants


def largest_difference(recorded: Forecasts, now: Forecasts) -> float:
    """The largest difference of all arrays of a variant; infinite if their kinds or shapes differ.

    Differences of probabilities are absolute, those of sales and scores relative to their level. A different status
    counts as infinite.
    """
    if recorded.keys() != now.keys():
        return np.inf
    return max(_difference(kind, values, _kept(now[kind])) for kind, values in recorded.items())


def _kept(values: NDArray[Any]) -> NDArray[Any]:
    return values.astype(np.float32) if values.dtype.kind == "f" else values


def _difference(kind: str, recorded: NDArray[Any], now: NDArray[Any]) -> float:
    if recorded.shape != now.shape:
        return np.inf
    if recorded.dtype.kind != "f":
        return 0.0 if (recorded == now).all() else np.inf
    unknown = np.isnan(recorded)
    if (unknown != np.isnan(now)).any():
        return np.inf
    before, after = (np.where(unknown, 0.0, np.clip(values, -LARGEST, LARGEST)) for values in (recorded, now))
    distance = np.abs(before.astype(np.float64) - after)
    if kind != "probability":
        distance /= _levels(np.abs(before))
    return float(distance.max(initial=0.0))


def _levels(size: NDArray[Any]) -> Floats:
    """The mean size of each row, in a shape that divides the rows."""
    level = size.reshape(len(size), -1).mean(axis=1, dtype=np.float64)
    level = np.maximum(level, max(SMALLEST_LEVEL * level.max(initial=0.0), np.finfo(np.float32).tiny))
    return np.asarray(level.reshape(-1, *(1,) * (size.ndim - 1)))
