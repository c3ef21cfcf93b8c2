"""Windows for stateful LSTMs: the windows of a series follow each other without gap or overlap.

Every batch holds the same number of windows, each of another series; the next batch holds the next windows of the same
series. The state is reset where a group of series begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from models.common.arrays import Flags, Integers


@dataclass(frozen=True, eq=False)
class Succession:
    """Batches in their order.

    Attributes:
        series: The row of the panel of each window, (batches, size).
        origin: The column of its step 1, (batches, size).
        first: Whether the state is reset before each batch, (batches,).
    """

    series: Integers
    origin: Integers
    first: Flags


def succession(series: Integers, last_origin: int, look_back: int, size: int) -> Succession:
    """All windows of some series, group by group, each group's from the earliest to the latest.

    Args:
        series: Rows of the panel, in the order in which they are grouped; the last group is filled from the first ones.
        last_origin: The column of step 1 of each series' last window.
        look_back: Periods of a window; the first one may begin before the panel.
        size: Windows in a batch.
    """
    padded = np.resize(series, -(-len(series) // size) * size).reshape(-1, size)
    origins = np.arange(last_origin, 0, -look_back, dtype=np.int64)[::-1]
    groups, windows = len(padded), len(origins)
    return Succession(
        series=np.repeat(padded, windows, axis=0),
        origin=np.repeat(np.tile(origins, groups)[:, None], size, axis=1),
        first=np.tile(np.arange(windows) == 0, groups),
    )


def forget(network: Any) -> None:
    """Reset the state of all stateful layers."""
    for layer in carrying(network):
        layer.reset_state()


def carrying(network: Any) -> list[Any]:
    """The stateful layers, including those inside of members."""
    stateful: list[Any] = []
    for layer in network.layers:
        if hasattr(layer, "layers"):
            stateful += carrying(layer)
        elif getattr(layer, "stateful", False):
            stateful.append(layer)
    return stateful
