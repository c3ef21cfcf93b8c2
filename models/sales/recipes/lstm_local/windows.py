"""The windows of each series by itself: the inputs of its network, where it starts from, and its targets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Floats, Integers, Singles
from models.common.lstm_bank.cells import UNROLLED
from models.sales.data.lengths import Lengths
from models.sales.features.inputs import CANDIDATES, LARGEST_DIFFERENCE, LATEST, candidates
from models.sales.features.scaling import curve, levels, ratios, spreads
from models.sales.features.windows import cut, eligible_from

WINDOWS = 96
"""Windows of each series: the one that is forecast, and past ones, evenly spread where there are more.

65 were 2 to 3 % worse at earlier origins, 129 no better.
"""

LEAST_STEPS, MOST_STEPS = 4, UNROLLED
"""Bounds of the periods that a network reads; 14 and 24 took twice the time and were no better."""

FEATURES = 5
"""Of each of these periods, see `_read`."""

SHARPNESS = 8.0
"""A candidate's share in the start falls with this power of its error; 4 and 16 were much the same."""

SMALLEST_ERROR = 1e-6
"""Added to errors on the curved scale: a candidate without any error has a finite share."""


@dataclass(frozen=True, eq=False)
class LocalWindows:
    """W windows of each of n series; the first is the one to forecast, whose target is unknown.

    Attributes:
        inputs: What the network reads, (n, W, steps, `FEATURES`).
        start: What the network's output is added to, on the scale of `models.sales.features.scaling.curve`, (n, W, H).
        target: The values after each window, on the same scale, NaN where unknown, (n, W, H).
        level: The factor of ratios, (n, W).
        spread: See `models.sales.features.scaling.spreads`, of the first window, (n,).
    """

    inputs: Singles
    start: Floats
    target: Floats
    level: Floats
    spread: Floats


def steps_of(lengths: Lengths) -> int:
    """Periods that a network reads: a season, within bounds."""
    return min(lengths.look_back, max(LEAST_STEPS, min(lengths.season, MOST_STEPS)))


def windows_of(values: Floats, lengths: Lengths, first_ordinal: int) -> LocalWindows:
    """The windows of series.

    Args:
        values: (n, T), NaN unknown.
        lengths: Lengths of the panel.
        first_ordinal: The period of column 0.
    """
    shape, origin = (len(values), WINDOWS), origins_of(values, lengths).ravel()
    window = cut(values, np.repeat(np.arange(len(values)), WINDOWS), origin, lengths.reach, lengths.horizon)
    window[origin < 0] = np.nan
    history, future = window[:, : lengths.reach], window[:, lengths.reach :]
    level = levels(history, lengths.look_back)
    ratio = ratios(history, level)
    future[level == 0] = np.nan
    target = curve(ratios(future, level)).reshape(*shape, lengths.horizon)
    table = candidates(ratio, lengths).reshape(*shape, lengths.horizon, CANDIDATES)
    return LocalWindows(
        inputs=_read(ratio, first_ordinal + origin, lengths).reshape(*shape, steps_of(lengths), FEATURES),
        start=_mixed(table, target),
        target=target,
        level=level.reshape(shape),
        spread=spreads(ratio[::WINDOWS], lengths.season),
    )


def origins_of(values: Floats, lengths: Lengths) -> Integers:
    """The columns of the windows' step 1, the newest first, (n, `WINDOWS`); -1 where there are fewer.

    The first is the end of `values`. The others have enough known values before them and a quarter of the horizon
    between them and the series' last known value, and are evenly spread over the series.
    """
    end = values.shape[1] - (~np.isnan(values[:, ::-1])).argmax(axis=1)
    last = end - -(-lengths.horizon // 4)
    count = (last + 1 - eligible_from(values, lengths.minimum_observations))[:, None]
    back = np.arange(WINDOWS - 1) * np.maximum(count, WINDOWS - 1) // (WINDOWS - 1)
    past = np.where(back < count, last[:, None] - back, -1)
    return np.concatenate([np.full((len(values), 1), values.shape[1]), past], axis=1)


def _read(ratio: Floats, first_step: Integers, lengths: Lengths) -> Singles:
    """Value, whether it is known, its difference to a season before, and the place in the season, (m, steps, 5)."""
    steps, season = steps_of(lengths), lengths.season
    curved = curve(ratio[:, -steps - season :])
    value, before = curved[:, season:], curved[:, :-season]
    difference = np.clip(value - before, -LARGEST_DIFFERENCE, LARGEST_DIFFERENCE)
    angle = 2 * np.pi / season * ((first_step[:, None] + np.arange(-steps, 0)) % season)
    parts = [np.nan_to_num(value), ~np.isnan(value), np.nan_to_num(difference), np.sin(angle), np.cos(angle)]
    return np.stack(parts, axis=2).astype(np.float32)


def _mixed(table: Floats, target: Floats) -> Floats:
    """A mean of candidates, weighted by their errors in the series' own windows, (n, W, H).

    After Bates and Granger (1969), who weight by the inverse of the squared error. Without a known target, all
    candidates have the same weight.

    Args:
        table: See `models.sales.features.inputs.candidates`, (n, W, H, C).
        target: (n, W, H), NaN unknown.
    """
    middle = np.median(table[..., :LATEST], axis=3, keepdims=True)
    table = np.concatenate([table[..., :1], table[..., LATEST:], middle], axis=3)
    known = ~np.isnan(target)
    distance = np.abs(table - np.where(known, target, 0.0)[..., None])
    count = np.maximum(known.sum(axis=(1, 2)), 1)[:, None]
    error = distance.sum(axis=(1, 2), where=known[..., None]) / count + SMALLEST_ERROR
    share = (error.min(axis=1, keepdims=True) / error) ** SHARPNESS
    share /= share.sum(axis=1, keepdims=True)
    return np.asarray((table @ share[:, None, :, None])[..., 0])
