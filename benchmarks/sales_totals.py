"""Totals of groups of series over the horizon: how often their bands hold, and their error beside direct forecasts.

From rolling origins, spread over the later part of each usual set's history, all series are forecast by one recipe that
needs no training, `combination`, with its bands widened by earlier origins as the gate does. Series that are known at
all steps of an origin are put into random groups of about 3, 10 and 30, and all together. The totals over the horizon
are those that a night publishes. `direct` forecasts the groups' own histories by the same recipe; `drawn` are the
published means, all multiplied by one factor, so that they still add up and their whole lies halfway to its direct
forecast.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, Goal
from benchmarks.real_night import DEFAULT_DATA
from benchmarks.sales_sets import USUAL, UsualSet, bounded
from benchmarks.sales_source import Integers, Numbers, Source
from models.common.arrays import Flags
from models.sales.data.build import build_panel
from models.sales.data.panel import SalesPanel
from models.sales.gate.origins import PastOrigins, choose_origins
from models.sales.recipes.blending import band_factors
from models.sales.recipes.ensemble import SEGMENTS, EnsembleModel, Mixture
from models.sales.recipes.model import QUANTILES, Forecast, SalesModel, forecast_of
from models.sales.recipes.registry import FIXED, fit_fixed
from models.sales.settings import SalesSettings
from models.sales.totals.total import totals_of

SETS = ("nn5_daily", "tourism_monthly", "online_retail_2_products", "carparts")
ORIGINS = 24
FIRST = 0.4
"""The share of the history before the first origin."""

EARLIER = 6
"""Origins before each by which bands are widened."""

SIZES = (3, 10, 30)
FEWEST = 30
"""Series that an origin needs."""

SEED = 20_240_229
COVERAGE = (0.77, 0.83)
LOW, HIGH = QUANTILES.index(0.1), QUANTILES.index(0.9)


@dataclass
class Totals:
    """Totals of groups over the horizon, from all origins."""

    actual: list[Numbers] = field(default_factory=list)
    mean: list[Numbers] = field(default_factory=list)
    direct: list[Numbers] = field(default_factory=list)
    drawn: list[Numbers] = field(default_factory=list)
    inside: list[Flags] = field(default_factory=list)

    @property
    def coverage(self) -> float:
        """The share of totals inside their 80 % band."""
        return float(np.mean(np.concatenate(self.inside)))

    def error(self, forecasts: list[Numbers]) -> float:
        """The mean absolute error over the mean total, of these forecasts; where a direct one is known."""
        actual, mean = np.concatenate(self.actual), np.concatenate(forecasts)
        known = ~np.isnan(np.concatenate(self.direct))
        return float(np.abs(mean - actual)[known].sum() / np.abs(actual)[known].sum())


def measure(data_set: UsualSet, source: Source, origins: int) -> tuple[Totals, int]:
    """The totals from all origins at which enough series are known, and how many these are."""
    random, length, totals, count = np.random.default_rng(SEED), source.grid.shape[1], Totals(), 0
    settings = SalesSettings(horizon=data_set.horizon, season=data_set.season)
    for column in np.unique(np.linspace(FIRST * length, length - data_set.horizon, origins).astype(np.int64)).tolist():
        panel = source.panel(column, settings).without_outliers()
        actual = source.grid[:, column : column + data_set.horizon]
        forecast = forecast_of(widened(panel, settings), panel)
        is_open = ~panel.closed_steps(data_set.horizon)
        usable = ~np.isnan(forecast.mean).any(axis=1) & ~np.isnan(actual[:, is_open]).any(axis=1)
        if np.count_nonzero(usable) < FEWEST:
            continue
        chosen, count = np.flatnonzero(usable), count + 1
        _add(totals, panel.take(chosen), forecast.take(chosen), np.nan_to_num(actual[chosen]), settings, random)
    return totals, count


def widened(panel: SalesPanel, settings: SalesSettings) -> SalesModel:
    """The recipe with its bands widened by the origins before a panel."""
    model, past = fit_fixed(panel, settings), choose_origins(panel, EARLIER)
    if not past.ordinals:
        return model
    before = PastOrigins.of(panel, past.ordinals, past.steps)
    quantiles = [model.forecast(one).quantiles.reshape(-1, len(QUANTILES)) for one in before.panels]
    actual = np.concatenate([one.ravel() for one in before.actuals])
    factors = tuple(band_factors(np.concatenate(quantiles), actual).tolist())
    return EnsembleModel({FIXED: model}, dict.fromkeys(SEGMENTS, Mixture((1.0,), factors)))


def _add(
    totals: Totals,
    panel: SalesPanel,
    forecast: Forecast,
    actual: Numbers,
    settings: SalesSettings,
    random: np.random.Generator,
) -> None:
    """Add the totals of random groups at one origin."""
    series = panel.series_count
    counts = [1, *(max(series // size, 1) for size in SIZES)]
    groupings = [(random.permutation(series) % count, count) for count in counts]
    _, published = totals_of(forecast.mean, forecast.quantiles, panel, groupings)
    factor = 1.0
    for (group, count), total in zip(groupings, published, strict=True):
        came = np.bincount(group, actual.sum(axis=1), minlength=count)
        quantiles = total.quantiles[:, -1]  # the last span is the horizon
        totals.actual.append(np.asarray(came, np.float64))
        totals.mean.append(total.mean[:, -1])
        totals.inside.append((came >= quantiles[:, LOW]) & (came <= quantiles[:, HIGH]))
        totals.direct.append(direct(panel, group, count, settings))
        if count == 1 and np.isfinite(totals.direct[-1]).all():  # the whole, which comes first
            factor = float((1 + totals.direct[-1] / totals.mean[-1])[0] / 2)
        totals.drawn.append(totals.mean[-1] * factor)


def direct(panel: SalesPanel, group: Integers, count: int, settings: SalesSettings) -> Numbers:
    """Forecasts of the groups' totals over the horizon from their own histories, (count,).

    A total is unknown where a series that has begun is unknown; NaN for a group of which no total is known.
    """
    begun = np.maximum.accumulate(~np.isnan(panel.values), axis=1)
    values = np.where(begun, panel.values, 0.0)
    history = np.stack([np.bincount(group, column, minlength=count) for column in values.T], axis=1)
    first = np.stack([np.bincount(group, column, minlength=count) for column in begun.T], axis=1) > 0
    series, column = np.nonzero(first & ~np.isnan(history))
    as_of = int(panel.calendar.first_day(panel.end))
    day = panel.calendar.label(panel.first_ordinal + column)
    known = build_panel(
        series,
        day,
        history[series, column],
        count,
        as_of,
        frequency=panel.calendar.frequency,
        missing="unknown",
        settings=settings,
    )
    return np.asarray(forecast_of(fit_fixed(known, settings), replace(known, closed=panel.closed)).mean.sum(axis=1))


def figures(name: str, totals: Totals, origins: int) -> Iterator[Figure]:
    """The figures of one set."""
    yield Figure(f"totals_{name}_origins", origins, Goal(">=", 12))
    yield from bounded(f"totals_{name}_coverage_80", totals.coverage, COVERAGE)
    error, of_direct = totals.error(totals.mean), totals.error(totals.direct)
    yield Figure(f"totals_{name}_error", error)
    yield Figure(f"totals_{name}_error_of_direct", of_direct)
    yield Figure(f"totals_{name}_error_of_drawn", totals.error(totals.drawn))
    yield Figure(f"totals_{name}_error_over_direct", error / of_direct, Goal("<=", 1.0))


def main(arguments: Sequence[str]) -> int:
    """Measure, and end with one line per figure."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sales_totals", description=(__doc__ or "").split("\n")[0]
    )
    add = parser.add_argument
    add("--origins", type=int, default=ORIGINS, help=f"rolling origins of each set ({ORIGINS})")
    add("--only", action="append", choices=SETS, help="a set; may be repeated (all)")
    chosen = parser.parse_args(arguments)
    folder = Path(os.environ.get("BENCH_DATA") or DEFAULT_DATA) / "sales"
    measured: list[Figure] = []
    for name in chosen.only or SETS:
        source = Source.read(folder / f"{USUAL[name].file}.csv.gz")
        measured += figures(name, *measure(USUAL[name], source, chosen.origins))
        print(f"{name}: measured", flush=True)
    print("\n".join(figure.line for figure in measured))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
