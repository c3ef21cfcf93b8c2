"""Seasonal naive: the value one season earlier, with quantiles from its own past errors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.common.arrays import Flags, Floats, Integers
from models.sales.data.panel import SalesPanel
from models.sales.recipes.artifact import write_description
from models.sales.recipes.constraints import QUANTILES, finish

CHUNK = 2_048
"""Series worked on at once."""

RECENT = 208
"""Past errors of a series and lag that its quantiles are taken from, at most."""

SHRINKAGE = 8.0
"""The weight, in errors, of the quantiles pooled over all series."""


@dataclass(frozen=True)
class SeasonalNaive:
    """The baseline: step h is forecast by the latest known value of the same position of the season.

    Where that position was never known, by the mean of the last known values, at most a season of them. The quantiles
    add those of the series' own errors at the same number of seasons ahead, drawn towards the errors of all series,
    each divided by its series' level, where a series has few.

    Args:
        horizon: Steps.
        season: Periods of a season.
        frequency: The calendar's.
    """

    horizon: int
    season: int
    frequency: str
    recipe: str = "seasonal_naive"

    def covers(self, panel: SalesPanel) -> Flags:
        """Series with a known value at every position of the season."""
        return np.concatenate(
            [np.zeros(0, bool)]
            + [~np.isnan(_latest(panel.values[part], self.season)).any(axis=1) for part in chunks(panel.series_count)]
        )

    def predict(self, panel: SalesPanel) -> tuple[Floats, Floats]:
        """Mean (S, H) and quantiles (S, H, 5); NaN for a series without a known value."""
        return self.predict_some(panel, np.ones(panel.series_count, bool))

    def predict_some(self, panel: SalesPanel, wanted: Flags) -> tuple[Floats, Floats]:
        """The same for the wanted series (S,) only; NaN elsewhere."""
        mean = np.full((panel.series_count, self.horizon), np.nan)
        quantiles = np.full((panel.series_count, self.horizon, len(QUANTILES)), np.nan)
        if panel.length == 0 or not wanted.any():
            return mean, quantiles
        pool = _pooled(panel, self.season, self.horizon)
        for part in chunks(panel.series_count):
            if wanted[part].any():
                mean[part], quantiles[part] = self._predict(panel, part, pool)
        mean[~wanted], quantiles[~wanted] = np.nan, np.nan
        return mean, quantiles

    def _predict(self, panel: SalesPanel, part: slice, pool: Floats) -> tuple[Floats, Floats]:
        values = panel.values[part]
        point = seasonal_point(values, self.season, self.horizon)
        cycle = np.arange(self.horizon) // self.season  # seasons ahead, from 0
        spread = np.stack(
            [_error_quantiles(values, self.season, ahead, pool) for ahead in range(cycle[-1] + 1)], axis=1
        )
        with np.errstate(over="ignore"):
            quantiles = point[:, :, None] + spread[:, cycle]
        return finish(point, quantiles, panel, part)

    def save(self, folder: Path) -> None:
        """Write the artifact into a folder, which is made where it is missing."""
        description = {"horizon": self.horizon, "season": self.season, "frequency": self.frequency}
        write_description(folder, {"recipe": self.recipe, **description})


def chunks(count: int) -> list[slice]:
    """The series, a bounded number at a time."""
    return [slice(start, min(start + CHUNK, count)) for start in range(0, count, CHUNK)]


def seasonal_point(values: Floats, season: int, horizon: int) -> Floats:
    """The seasonal naive forecast (n, horizon) of histories (n, T)."""
    latest = _latest(values, season)
    fallback = _recent_mean(values, season)
    latest = np.where(np.isnan(latest), fallback[:, None], latest)
    return latest[:, np.arange(horizon) % season]


def _latest(values: Floats, season: int) -> Floats:
    """The latest known value at each position of the season, (n, season), position 0 being that of step 1."""
    padding = -values.shape[1] % season
    padded = np.pad(values, ((0, 0), (padding, 0)), constant_values=np.nan)
    newest_first = padded.reshape(len(values), -1, season)[:, ::-1]
    if not newest_first.shape[1]:
        return np.full((len(values), season), np.nan)
    index = (~np.isnan(newest_first)).argmax(axis=1)
    return np.take_along_axis(newest_first, index[:, None], axis=1)[:, 0]


def _recent_mean(values: Floats, count: int) -> Floats:
    """The mean of each series' last known values, at most `count` of them."""
    known = ~np.isnan(values)
    later = np.cumsum(known[:, ::-1], axis=1)[:, ::-1]
    recent = known & (later <= count)
    number = recent.sum(axis=1)
    shares = np.where(recent, values / np.maximum(number, 1)[:, None], 0.0)  # divided first: sums may overflow
    return np.where(number > 0, shares.sum(axis=1), np.nan)


def _errors(values: Floats, season: int, ahead: int) -> Floats:
    """The latest errors at a lag of ``ahead + 1`` seasons, NaN where unknown, (n, at most RECENT)."""
    lag = season * (ahead + 1)
    recent = values[:, -(RECENT + lag) :]
    if recent.shape[1] <= lag:
        return np.full((len(values), 1), np.nan)
    with np.errstate(over="ignore", invalid="ignore"):
        errors = recent[:, lag:] - recent[:, :-lag]
    return np.where(np.isinf(errors), np.nan, errors)


def level_of(values: Floats) -> Floats:
    """The mean of the absolute known values of each row, (n,); 0 where there is none."""
    size = np.abs(values)
    number = np.maximum(np.count_nonzero(~np.isnan(size), axis=1), 1)
    return np.asarray(np.nansum(size / number[:, None], axis=1))  # divided first: sums may overflow


def _own_quantiles(errors: Floats) -> tuple[Floats, Integers]:
    """Quantiles of each row's known errors, (n, 5), and how many there are, (n,)."""
    count = np.count_nonzero(~np.isnan(errors), axis=1)
    ordered = np.sort(errors, axis=1)  # NaN last
    place = np.asarray(QUANTILES) * np.maximum(count - 1, 0)[:, None]
    low = place.astype(np.int64)
    high = np.minimum(low + 1, np.maximum(count - 1, 0)[:, None])
    lower, upper = np.take_along_axis(ordered, low, axis=1), np.take_along_axis(ordered, high, axis=1)
    share = place - low
    return lower * (1 - share) + upper * share, count


def _pooled(panel: SalesPanel, season: int, horizon: int) -> Floats:
    """Quantiles of the errors of all series over their levels, (seasons ahead, 5), or a guess where none is known."""
    guess = np.array([-1.0, -0.6, 0.0, 0.6, 1.0])
    sample = panel.values[:: max(1, panel.series_count // 1_000)]
    level = level_of(sample)
    scaled = np.divide(sample, level[:, None], out=np.full(sample.shape, np.nan), where=level[:, None] > 0)
    pool: list[Floats] = []
    for ahead in range((horizon - 1) // season + 1):
        quantiles, count = _own_quantiles(_errors(scaled, season, ahead).reshape(1, -1))
        previous = pool[-1] if pool else guess
        pool.append(quantiles[0] if count[0] >= 20 else previous)
    return np.stack(pool)


def _error_quantiles(values: Floats, season: int, ahead: int, pool: Floats) -> Floats:
    """Quantiles to add to the point forecast, (n, 5): below the median none is positive, above it none negative."""
    own, count = _own_quantiles(_errors(values, season, ahead))
    weight = (count / (count + SHRINKAGE))[:, None]
    own = np.where(count[:, None] > 0, own, 0.0)
    with np.errstate(over="ignore"):
        mixed = weight * own + (1 - weight) * pool[ahead] * level_of(values)[:, None]
    sign = np.sign(np.asarray(QUANTILES) - 0.5)
    return np.where(mixed * sign > 0, mixed, 0.0)
