"""Seasonal naive: the value one season earlier, with quantiles from its own past errors.

Seasonal articles are forecast by the value a year earlier, whatever the season. A week's value a year earlier is that
of the same week of the calendar, 52 or 53 weeks before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

import numpy as np

from models.common.arrays import Flags, Floats, Integers
from models.common.description import write_description
from models.common.recipe import Description
from models.sales.data.panel import SalesPanel
from models.sales.features.same_weeks import in_season, season_anchor
from models.sales.features.samples import evenly_spread
from models.sales.features.scaling import level_of
from models.sales.features.seasonal_articles import WEEK, YEAR, around_sales, seasonal_articles
from models.sales.recipes.model import QUANTILES, Forecast, SalesModel, UntrainedRecipe, known_quantiles
from nightcast.threads import in_threads

RECIPE = "seasonal_naive"

RECENT = 208
"""Most past errors of a series and lag from which its quantiles are taken."""

SHRINKAGE = 8.0
"""The weight, in errors, of the quantiles pooled over all series."""

SAMPLE = 1_000
"""Series whose errors are pooled, evenly spread."""

FEWEST_POOLED = 20
"""Errors that pooled quantiles need; the next shorter lag's stand in below."""

GUESS = np.array([NormalDist(sigma=0.5).inv_cdf(level) for level in QUANTILES])
"""Pooled quantiles, in levels, where no error is known."""


@dataclass(frozen=True)
class SeasonalNaive:
    """The baseline: step h is forecast by the latest known value of the same position of the season.

    Where that position was never known, by the mean of the last known values, at most a season of them. The quantiles
    add those of the series' own errors at the same number of seasons ahead. For a series with few errors these are
    shrunk towards the errors of all series, each divided by its series' level. Days on which the source is closed count
    nowhere. A seasonal article has the errors of its season, and none outside of it.

    Args:
        horizon: Steps.
        season: Periods of a season.
        frequency: Frequency of the calendar.
    """

    horizon: int
    season: int
    frequency: str
    recipe: str = RECIPE

    def forecast(self, panel: SalesPanel) -> Forecast:
        """All series; covered are those with a known value at every position of the season, and seasonal articles."""
        known = [~np.isnan(_latest(panel.values[part], self.season)).any(axis=1) for part in panel.chunks]
        covered = np.concatenate([np.zeros(0, bool), *known]) | seasonal_articles(panel)
        return Forecast(covered, *self.forecast_some(panel, np.ones(panel.series_count, bool)))

    def forecast_some(self, panel: SalesPanel, wanted: Flags) -> tuple[Floats, Floats]:
        """Mean (S, H) and quantiles (S, H, Q) of the wanted series (S,); NaN elsewhere."""
        mean = np.full((panel.series_count, self.horizon), np.nan)
        quantiles = np.full((panel.series_count, self.horizon, len(QUANTILES)), np.nan)
        if panel.length == 0 or not wanted.any():
            return mean, quantiles
        pool, anchor = _pooled(panel, self.season, self.horizon), season_anchor(panel)
        for part in panel.chunks:
            if wanted[part].any():
                values = _open(panel, part)
                mean[part], quantiles[part] = self._forecast(
                    values, in_season(values, panel.end, panel.calendar, self.season, anchor), pool
                )
        articles = np.flatnonzero(wanted & seasonal_articles(panel))
        if len(articles):
            mean[articles], quantiles[articles] = self._forecast_articles(panel, articles, pool, anchor)
        mean[~wanted], quantiles[~wanted] = np.nan, np.nan
        return mean, quantiles

    def stand_in(
        self,
        panel: SalesPanel,
        covered: Flags,
        at_once: int,
        forecast: Callable[[Integers], tuple[Floats, Floats]],
        unsuited: Flags | None = None,
        threads: int | None = 1,
    ) -> Forecast:
        """The forecast of a recipe, with seasonal naive for other series and for seasonal articles.

        Args:
            panel: What is known at the as-of.
            covered: Series that the recipe itself forecasts, (S,).
            at_once: Series that it forecasts in one call.
            forecast: Mean (n, H) and quantiles (n, H, Q) of the series at some places (n,) of the panel.
            unsuited: Besides seasonal articles, see `models.sales.recipes.model.Forecast`; they are not covered.
            threads: How many threads call it at once; None: one for each core.
        """
        unsuited = seasonal_articles(panel) if unsuited is None else unsuited | seasonal_articles(panel)
        covered = covered & ~unsuited
        mean, quantiles = self.forecast_some(panel, ~covered)
        places = np.flatnonzero(covered)
        parts = [places[start : start + at_once] for start in range(0, len(places), at_once)]
        results = map(forecast, parts) if threads == 1 else in_threads(forecast, parts, threads)
        for part, found in zip(parts, results, strict=True):
            mean[part], quantiles[part] = found
        return Forecast(covered, mean, quantiles, unsuited=unsuited)

    def _forecast(self, values: Floats, seasons: Floats, pool: Floats) -> tuple[Floats, Floats]:
        """Mean and quantiles of some series from their values, and from these by the place in the season."""
        point, level = seasonal_point(seasons, self.season, self.horizon), level_of(values)
        cycle = np.arange(self.horizon) // self.season  # seasons ahead, from 0
        spread = [_spread(_errors(values, self.season, ahead), pooled, level) for ahead, pooled in enumerate(pool)]
        return point, point[:, :, None] + np.stack(spread, axis=1)[:, cycle]

    def _forecast_articles(
        self, panel: SalesPanel, articles: Integers, pool: Floats, anchor: int
    ) -> tuple[Floats, Floats]:
        """Mean and quantiles of the seasonal articles at some places of the panel: those of a year ago."""
        year, week = YEAR[panel.calendar.family], WEEK[panel.calendar.family]
        values = in_season(panel.values[articles], panel.end, panel.calendar, year, anchor)
        point, sells = seasonal_point(values, year, self.horizon), around_sales(values, week)
        errors = np.where(sells[:, year:] | sells[:, :-year], values[:, year:] - values[:, :-year], np.nan)
        spread = _spread(errors, pool[0], level_of(np.where(sells, values, np.nan)))
        ahead = sells[:, -year:][:, np.arange(self.horizon) % year]
        return point, point[:, :, None] + np.where(ahead[:, :, None], spread[:, None], 0.0)

    def save(self, folder: Path) -> None:
        """Write the artifact into a folder, which is created where it is missing."""
        description = {"horizon": self.horizon, "season": self.season, "frequency": self.frequency}
        write_description(folder, self.recipe, description)


def baseline_of(panel: SalesPanel) -> SeasonalNaive:
    """The baseline for a panel."""
    return SeasonalNaive(panel.lengths.horizon, panel.lengths.season, panel.calendar.frequency)


def _load(folder: Path, description: Description) -> SalesModel:
    return SeasonalNaive(int(description["horizon"]), int(description["season"]), str(description["frequency"]))


SEASONAL_NAIVE = UntrainedRecipe(RECIPE, lambda known, seed: baseline_of(known), _load)
"""The recipe of the baseline."""


def _open(panel: SalesPanel, series: slice | Integers) -> Floats:
    """The values of some series, unknown on days on which the source is closed, (n, T)."""
    closed = panel.closed_columns
    return np.where(closed, np.nan, panel.values[series]) if closed.any() else panel.values[series]


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
    newest_first = padded.reshape(len(values), padded.shape[1] // season, season)[:, ::-1]
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
    return np.where(number > 0, np.sum(values, axis=1, where=recent) / np.maximum(number, 1), np.nan)


def _errors(values: Floats, season: int, ahead: int) -> Floats:
    """The latest errors at a lag of ``ahead + 1`` seasons, NaN where unknown, (n, at most RECENT)."""
    lag = season * (ahead + 1)
    recent = values[:, -(RECENT + lag) :]
    if recent.shape[1] <= lag:
        return np.full((len(values), 1), np.nan)
    return recent[:, lag:] - recent[:, :-lag]


def _pooled(panel: SalesPanel, season: int, horizon: int) -> Floats:
    """Quantiles of the errors of all series over their levels, (seasons ahead, Q)."""
    sample = _open(panel, evenly_spread(panel.series_count, SAMPLE))
    level = level_of(sample)
    scaled = np.divide(sample, level[:, None], out=np.full(sample.shape, np.nan), where=level[:, None] > 0)
    pool: list[Floats] = []
    for ahead in range((horizon - 1) // season + 1):
        quantiles, count = known_quantiles(_errors(scaled, season, ahead).reshape(1, -1))
        shorter = pool[-1] if pool else GUESS
        pool.append(quantiles[0] if count[0] >= FEWEST_POOLED else shorter)
    return np.stack(pool)


def _spread(errors: Floats, pooled: Floats, level: Floats) -> Floats:
    """Quantiles to add to the point forecast, (n, Q): not positive below the median, not negative above it."""
    own, count = known_quantiles(errors)
    weight = (count / (count + SHRINKAGE))[:, None]
    mixed = weight * own + (1 - weight) * pooled * level[:, None]
    sign = np.sign(np.asarray(QUANTILES) - 0.5)
    return np.where(mixed * sign > 0, mixed, 0.0)
