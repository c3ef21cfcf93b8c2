"""Small charts of many series at once: paths of whole numbers in a box of 120 by 40."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 120, 40

Floats = NDArray[np.float64]


def paths(came: Floats, mean: Floats, low: Floats, high: Floats) -> list[tuple[str, str, str]]:
    """The paths of what came, of the mean and of its band, for each series.

    Args:
        came: (S, P), NaN where unknown.
        mean: (S, H), NaN beyond the last step.
        low: (S, H), the lower end of the band.
        high: (S, H), its upper end.
    """
    periods, horizon = came.shape[1], mean.shape[1]
    across = np.round(np.linspace(0, WIDTH, periods + horizon)).astype(int)
    every = np.concatenate([came, mean, low, high], axis=1)
    bottom = np.minimum(np.nanmin(every, axis=1, initial=0.0), 0.0)[:, None]
    top = np.nanmax(every, axis=1, initial=0.0)[:, None]
    height = np.where(top > bottom, top - bottom, 1.0)

    def lines(values: Floats, first: int) -> list[str]:
        return _lines(across[first : first + values.shape[1]], HEIGHT - 2 - (HEIGHT - 4) * (values - bottom) / height)

    edge = np.concatenate([high, low[:, ::-1]], axis=1)
    ahead = across[periods:]
    bands = _lines(np.concatenate([ahead, ahead[::-1]]), HEIGHT - 2 - (HEIGHT - 4) * (edge - bottom) / height)
    return list(zip(lines(came, 0), lines(mean, periods), bands, strict=True))


def _lines(across: NDArray[np.int64], down: Floats) -> list[str]:
    """A path for each row, with gaps where a value is unknown."""
    known = np.isfinite(down)
    before = np.pad(known, ((0, 0), (1, 0)))[:, :-1]
    letter = np.where(before, "L", "M")
    point = np.char.add(np.char.add(letter, across.astype(str)), " ")
    text = np.char.add(point, np.where(known, np.round(down), 0).astype(int).astype(str))
    return ["".join(row) for row in np.where(known, text, "").tolist()]
