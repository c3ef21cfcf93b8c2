"""Windows: stretches of series around an origin, cut for many series at once."""

from __future__ import annotations

import numpy as np

from models.common.arrays import Flags, Floats, Integers
from models.sales.data.lengths import Lengths


def cut(values: Floats, series: Integers, origin: Integers, back: int, ahead: int) -> Floats:
    """The values around each origin, (n, back + ahead); NaN outside of `values`.

    Column ``back`` of a window is column `origin` of `values`, the first one that is not known at the origin.

    Args:
        values: (S, T).
        series: Which row each window comes from, (n,).
        origin: The column of its step 1, (n,).
        back: Periods before the origin.
        ahead: Periods from the origin on.
    """
    columns = origin[:, None] + np.arange(-back, ahead)
    inside = (columns >= 0) & (columns < values.shape[1])
    if not values.shape[1]:
        return np.full(columns.shape, np.nan)
    window: Floats = values[series[:, None], np.clip(columns, 0, values.shape[1] - 1)]
    window[~inside] = np.nan
    return window


def eligible_from(values: Floats, minimum: int) -> Integers:
    """The first origin of each series with `minimum` known values before it, (S,); T + 1 where there is none."""
    known = np.cumsum(~np.isnan(values), axis=1, dtype=np.int32)
    enough = known >= minimum
    if not values.shape[1]:
        return np.ones(len(values), np.int64)
    return np.asarray(np.where(enough.any(axis=1), enough.argmax(axis=1) + 1, values.shape[1] + 1), np.int64)


def learnable(values: Floats, lengths: Lengths) -> Flags:
    """Series with ``minimum_observations`` known values, and at least one inside the look-back, (S,)."""
    known = ~np.isnan(values)
    enough = known.sum(axis=1) >= lengths.minimum_observations
    return np.asarray(enough & known[:, -lengths.look_back :].any(axis=1))


def sample_origins(
    values: Floats, minimum: int, latest: int, maximum: int, generator: np.random.Generator
) -> tuple[Integers, Integers]:
    """Pairs of series and origin to learn from, in random order.

    Args:
        values: (S, T).
        minimum: Known values that a window has before its origin.
        latest: The last origin.
        maximum: Most pairs; of more, an equally likely sample is taken.
        generator: Draws the sample and the order.

    Returns:
        Series and origin, both (n,), n at most `maximum`.
    """
    first = eligible_from(values, minimum)
    count = np.maximum(latest + 1 - first, 0)
    total = int(count.sum())
    chosen = generator.choice(total, size=min(total, maximum), replace=False) if total else np.zeros(0, np.int64)
    before = np.cumsum(count)
    series = np.searchsorted(before, chosen, side="right")
    origin = first[series] + chosen - (before - count)[series]
    return series.astype(np.int64), origin.astype(np.int64)


def hide_tails(window: Floats, back: int, longest: int, share: float, generator: np.random.Generator) -> None:
    """Make the last values before the origin unknown in some windows, in place.

    A network then learns from series with late rows.

    Args:
        window: (n, back + ahead); changed.
        back: The origin's column.
        longest: At most this many values are hidden.
        share: The share of windows.
        generator: Draws windows and lengths.
    """
    hidden = np.where(generator.random(len(window)) < share, generator.integers(1, longest + 1, len(window)), 0)
    late: Flags = np.arange(back) >= back - hidden[:, None]
    window[:, :back][late] = np.nan
