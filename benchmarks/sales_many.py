"""Sales forecasts of thousands of series: the seconds of a training, and what the limits of a night cost in accuracy.

Two shops are generated: weekly series of three years and monthly ones of five. Two more have the shapes of
``tourism_monthly`` and ``carparts``, resampled. Each is trained by the gate with the default budget. The resampled ones
are trained a second time without any limit: all series are compared, for as long as it takes, and the statistical
models of one series after the other take part. The last horizon is held out.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np

from benchmarks.figures import Figure, Goal
from benchmarks.real_night import DEFAULT_DATA
from benchmarks.sales_forecasts import SEED
from benchmarks.sales_scoring import mase, naive_scale
from benchmarks.sales_source import Integers, Numbers, Source
from models.common.settings import ModelSettings
from models.sales.data.panel import SalesPanel
from models.sales.forecast import forecast
from models.sales.gate import contenders
from models.sales.gate.select import select
from models.sales.recipes.model import MEDIAN
from models.sales.recipes.registry import chosen_recipes
from models.sales.settings import RecipeName, SalesSettings

BUDGET_SECONDS = ModelSettings().budget_seconds
"""The default of ``[model] budget_seconds``."""

SECONDS_GOAL = 180
WORSE_GOAL = 1.01
"""The largest error over that without limits."""

FIRST_WEEK, FIRST_MONTH = np.datetime64("2022-01-03"), np.datetime64("2020-01")
STATISTICAL: dict[bool, tuple[RecipeName, ...]] = {False: ("auto_ets", "theta"), True: ("croston", "tsb", "adida")}
"""Recipes that take part without limits, too, by whether many periods have no sale."""


@dataclass(frozen=True, eq=False)
class Shop:
    """The series of one shop.

    Attributes:
        name: Its name in the figures.
        day: The first day of each period, days since 1970-01-01, (T,).
        value: (S, T), NaN before a series began.
        horizon, season: In periods.
        is_compared: Whether it is trained without limits, too.
        gaps: Whether many periods have no sale.
    """

    name: str
    day: Integers
    value: Numbers
    horizon: int
    season: int
    is_compared: bool = False
    gaps: bool = False

    @property
    def settings(self) -> SalesSettings:
        """The settings of both trainings."""
        return SalesSettings(horizon=self.horizon, season=self.season)

    def panel(self) -> SalesPanel:
        """What is known before the last horizon."""
        series, column = (~np.isnan(self.value)).nonzero()
        source = Source.of(series, self.day[column], self.value[series, column])
        return source.panel(source.grid.shape[1] - self.horizon, self.settings).without_outliers()

    def error(self, median: Numbers) -> float:
        """The mean absolute scaled error of a forecast (S, H)."""
        history, actual = self.value[:, : -self.horizon], self.value[:, -self.horizon :]
        return mase(actual, median, naive_scale(history, self.season))


@dataclass(frozen=True)
class Cost:
    """What one training and forecast took, and how good it was.

    Attributes:
        seconds: Of training, gate and forecast.
        error: See `Shop.error`.
        decision: What serves, and why.
    """

    seconds: float
    error: float
    decision: str


def weekly(count: int) -> Shop:
    """Series of three years of weeks, a third of them with many weeks without a sale."""
    day = (FIRST_WEEK + 7 * np.arange(156)).astype("datetime64[D]").astype(np.int64)
    return Shop("weekly", day, _generated(count, 156, 52), 13, 52)


def monthly(count: int) -> Shop:
    """Series of five years of months."""
    day = (FIRST_MONTH + np.arange(60)).astype("datetime64[D]").astype(np.int64)
    return Shop("monthly", day, _generated(count, 60, 12), 12, 12)


def _generated(count: int, length: int, season: int) -> Numbers:
    """Level, trend, a yearly season of two harmonics, and noise; one series in three is intermittent."""
    random, time_ = np.random.default_rng(SEED), np.arange(length) / season
    level, trend = 10 ** random.uniform(1, 3, (count, 1)), random.uniform(-0.2, 0.3, (count, 1))
    waves = [
        random.uniform(0, 0.4 / wave, (count, 1)) * np.cos(2 * np.pi * (wave * time_ - random.random((count, 1))))
        for wave in (1, 2)
    ]
    mean = level * np.exp(trend * time_ + sum(waves))
    sold = (np.arange(count) % 3 > 0)[:, None] | (random.random((count, length)) < 0.4)
    return np.asarray(np.where(sold, np.round(mean * random.gamma(9, 1 / 9, (count, length)), 1), 0.0))


def of_tourism(folder: Path, count: int) -> Shop:
    """Geometric means of two series of ``tourism_monthly``, each in units of its mean, over their common length."""
    source, random = Source.read(folder / "tourism_monthly.csv.gz"), np.random.default_rng(SEED)
    length = source.grid.shape[1]
    back = source.end[:, None] + 1 - length + np.arange(length)
    aligned = np.where(back >= 0, np.take_along_axis(source.grid, np.maximum(back, 0), axis=1), np.nan)
    share = aligned / np.nanmean(aligned, axis=1, keepdims=True)
    one, two = random.integers(0, len(share), (2, count))
    value = 10 ** random.uniform(2, 5, (count, 1)) * np.sqrt(share[one] * share[two])
    return Shop("of_tourism", source.calendar.first_day(source.first + np.arange(length)), value, 24, 12, True)


def of_carparts(folder: Path, count: int) -> Shop:
    """Half of the sum of two series of ``carparts``, each part kept by chance."""
    source, random = Source.read(folder / "carparts.csv.gz"), np.random.default_rng(SEED)
    one, two = random.integers(0, len(source.grid), (2, count))
    value = random.binomial(np.nan_to_num(source.grid[one] + source.grid[two]).astype(np.int64), 0.5).astype(float)
    day = source.calendar.first_day(source.first + np.arange(value.shape[1]))
    return Shop("of_carparts", day, value, 12, 12, True, gaps=True)


def train(shop: Shop) -> Cost:
    """A training and a forecast as on an ordinary night."""
    return _trained(shop, shop.panel(), shop.settings, BUDGET_SECONDS)


def train_without_limits(shop: Shop) -> Cost:
    """A training that compares all series, and in which more recipes take part."""
    panel = shop.panel()
    recipes = (*chosen_recipes(panel, shop.settings), *STATISTICAL[shop.gaps])
    with patch.object(contenders, "SAMPLE", len(shop.value)):
        return _trained(shop, panel, shop.settings.model_copy(update={"recipes": recipes}), np.inf)


def _trained(shop: Shop, panel: SalesPanel, settings: SalesSettings, budget: float) -> Cost:
    begin = time.perf_counter()
    selected = select(panel, settings, SEED, budget_seconds=budget)
    served = forecast(selected.model, panel)
    seconds = time.perf_counter() - begin
    return Cost(seconds, shop.error(served.quantiles[:, :, MEDIAN]), selected.decision)


def figures(shop: Shop, night: Cost, unlimited: Cost | None) -> Iterator[Figure]:
    """The figures of one shop."""
    name = f"many_{shop.name}"
    yield Figure(f"{name}_seconds", night.seconds, Goal("<=", SECONDS_GOAL))
    yield Figure(f"{name}_mase", night.error)
    if unlimited is not None:
        yield Figure(f"{name}_seconds_without_limits", unlimited.seconds)
        yield Figure(f"{name}_mase_without_limits", unlimited.error)
        yield Figure(f"{name}_mase_over_that_without_limits", night.error / unlimited.error, Goal("<=", WORSE_GOAL))


def shops(folder: Path, share: float) -> Iterator[Shop]:
    """The shops, with this share of their series."""
    counts: list[tuple[Callable[[int], Shop], int]] = [
        (weekly, 3_000),
        (monthly, 1_500),
        (lambda count: of_tourism(folder, count), 2_000),
        (lambda count: of_carparts(folder, count), 2_500),
    ]
    for make, count in counts:
        yield make(max(round(count * share), 1))


def main(arguments: Sequence[str]) -> int:
    """Measure, and end with one line per figure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sales_many", description=(__doc__ or "").split("\n")[0])
    add = parser.add_argument
    add("--share", type=float, default=1.0, help="share of the usual number of series (1)")
    add("--only", action="append", help="weekly, monthly, of_tourism or of_carparts; may be repeated (all)")
    chosen = parser.parse_args(arguments)
    measured: list[Figure] = []
    for shop in shops(Path(os.environ.get("BENCH_DATA") or DEFAULT_DATA) / "sales", chosen.share):
        if chosen.only and shop.name not in chosen.only:
            continue
        night = train(shop)
        print(f"{shop.name}, {len(shop.value):,} series: {night.decision}", flush=True)
        unlimited = train_without_limits(shop) if shop.is_compared else None
        if unlimited is not None:
            print(f"{shop.name} without limits: {unlimited.decision}", flush=True)
        measured += figures(shop, night, unlimited)
    print("\n".join(figure.line for figure in measured))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
