"""Visits per day, forecast from past as-ofs, and compared with what came and with AutoETS and Theta.

The protocol: customers are counted by day, zero on days without a visit. From as-ofs `STEP` days apart, which therefore
fall on every weekday, each with `LEAST_HISTORY` days before and the whole horizon after it, the gate chooses a model as
a night would, with the default settings of the product; the other methods see the same days. The MASE is that of the
medians, over all series and as-ofs; the bands are those of single days and of whole calendar weeks, pooled over the
as-ofs. From the same as-ofs known customers' first returns are forecast by one recipe, see `visit_returns`.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, Goal, table
from benchmarks.next_visit import read_history
from benchmarks.real_night import DEFAULT_DATA
from benchmarks.sales_scoring import BANDS, LEVELS, Numbers, mase, naive_scale, seasonal_naive
from benchmarks.visit_returns import Returns, returns_figures, returns_table
from benchmarks.visit_shops import generated
from models.next_visit.data.visits import VisitHistory
from models.next_visit.recipes.registry import RECIPES
from models.sales.data.panel import SalesPanel
from models.sales.forecast import SalesForecast, forecast
from models.sales.gate.select import select
from models.sales.settings import SalesSettings
from models.sales.totals.spans import WEEK
from models.sales.totals.total import totals_of
from models.visit_counts.counting import count_visit_days
from models.visit_counts.panel import count_panel
from models.visit_counts.settings import VisitCountSettings

SEED = 20_240_229
SEASON = 7
STEP = 13
LEAST_HISTORY = 390
FILES = {"online_retail_2": "GB"}
"""The files of visits, and the country whose holidays are known ahead."""

SHOPS = ("regular", "appointments", "seasonal", "growing", "falling")
SERVED, NAIVE = "served", "seasonal naive"
PEERS = ETS, THETA = "AutoETS", "Theta"
LOWEST, HIGHEST = 0.77, 0.83
"""The shares of days and weeks that 80 % bands should hold."""


@dataclass(frozen=True, eq=False)
class Counts:
    """The customers of each day, (T,), zero without any, from `first_day` on, in days since 1970-01-01."""

    name: str
    first_day: int
    values: Numbers
    settings: SalesSettings
    history: VisitHistory

    @classmethod
    def of(cls, name: str, history: VisitHistory, country: str | None) -> Counts:
        """Count the customers of a history."""
        customer = np.repeat(np.arange(history.customers), history.visit_days)
        counts = count_visit_days(customer, history.day, np.zeros(len(history.day)))
        first = int(counts.day.min())
        values = np.zeros(int(counts.day.max()) - first + 1)
        values[counts.day - first] = counts.count
        return cls(name, first, values, VisitCountSettings(country=country).as_sales(SalesSettings()), history)

    def columns(self, horizon: int) -> list[int]:
        """The columns of the as-ofs, the last one first."""
        return [*range(len(self.values) - horizon, LEAST_HISTORY - 1, -STEP)]

    def known(self, column: int) -> SalesPanel:
        """What a night at the start of a column knows."""
        day = np.flatnonzero(self.values[:column])
        counts = self.values[day], 1, self.first_day + column
        return count_panel(
            np.zeros(len(day), np.int64), day + self.first_day, *counts, self.settings
        ).without_outliers()


@dataclass(frozen=True, eq=False)
class Night:
    """The forecasts from one as-of: medians by model and means, (H,), what came, (H,), and which bands held it."""

    column: int
    mean: Numbers
    medians: dict[str, Numbers]
    came: Numbers
    scale: float
    days_inside: list[bool]
    weeks_inside: list[bool]


def nights(counts: Counts, as_ofs: int | None) -> Iterator[Night]:
    """Forecast from the newest `as_ofs` as-ofs, or from all."""
    horizon = VisitCountSettings().horizon
    for column in counts.columns(horizon)[:as_ofs]:
        history, came = counts.values[:column], counts.values[column : column + horizon]
        known = counts.known(column)
        ours = forecast(select(known, counts.settings, SEED).model, known)
        low, high = (ours.quantiles[0, :, end] for end in BANDS[80])
        medians = {SERVED: ours.quantiles[0, :, LEVELS.index(0.5)]}
        medians |= {name: peer(name, history, horizon) for name in PEERS}
        medians[NAIVE] = seasonal_naive(history[None], SEASON, horizon)[0]
        yield Night(
            column,
            ours.mean[0],
            medians,
            came,
            float(naive_scale(history[None], SEASON)[0]),
            ((came >= low) & (came <= high)).tolist(),
            weeks_inside(ours, known, came),
        )


def weeks_inside(ours: SalesForecast, known: SalesPanel, came: Numbers) -> list[bool]:
    """Whether each whole week lay inside of its band."""
    totals, _ = totals_of(ours.mean, ours.quantiles, known, [])
    low, high = BANDS[80]
    return [
        bool(quantiles[low] <= came[span.first : span.last + 1].sum() <= quantiles[high])
        for span, quantiles in zip(totals.spans, totals.quantiles[0], strict=True)
        if span.name == WEEK and span.is_whole
    ]


def peer(name: str, history: Numbers, horizon: int) -> Numbers:
    """The forecast of a method of statsforecast, cut at 0, (H,)."""
    from statsforecast.models import AutoETS, DynamicOptimizedTheta

    model = {ETS: AutoETS, THETA: DynamicOptimizedTheta}[name](season_length=SEASON)
    return np.maximum(np.asarray(model.forecast(y=history, h=horizon)["mean"], np.float64), 0.0)


def mean_error(found: Sequence[Night], model: str) -> float:
    """The MASE of a model."""
    came, medians = (np.stack(rows) for rows in ([one.came for one in found], [one.medians[model] for one in found]))
    return mase(came, medians, np.array([one.scale for one in found]))


def returns(counts: Counts, found: Sequence[Night], recipe: str) -> list[Returns]:
    """The next visits of known customers from the same as-ofs."""
    country = counts.settings.country
    return [
        Returns.of(counts.history, counts.first_day + one.column, one.mean, one.came, country, recipe) for one in found
    ]


def figures(name: str, found: Sequence[Night]) -> Iterator[Figure]:
    """The figures of one set."""
    best = min(mean_error(found, peer) for peer in PEERS)
    yield Figure(f"{name}_as_ofs", len(found))
    yield Figure(f"{name}_mase", mean_error(found, SERVED), Goal("<=", best))
    for model in (*PEERS, NAIVE):
        yield Figure(f"{name}_mase_{model.lower().replace(' ', '_')}", mean_error(found, model))
    yield from bands(name, found)


def bands(name: str, found: Sequence[Night]) -> Iterator[Figure]:
    """The shares of days and weeks inside of their bands, with both goals."""
    for what in ("days", "weeks"):
        share = float(np.mean([inside for one in found for inside in getattr(one, f"{what}_inside")]))
        yield Figure(f"{name}_coverage_80_{what}", share, Goal(">=", LOWEST))
        yield Figure(f"{name}_coverage_80_{what}_at_most", share, Goal("<=", HIGHEST))


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line's options."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.visit_counts", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--only", nargs="*", default=[*FILES, *SHOPS], help="the sets to measure (all)")
    parser.add_argument("--as-ofs", type=int, help="only the newest as-ofs of each set (all)")
    of_recipe = "the recipe that forecasts next visits (pareto_nbd, the quickest)"
    parser.add_argument("--recipe", choices=list(RECIPES), default="pareto_nbd", help=of_recipe)
    return parser.parse_args(arguments)


def histories(names: Sequence[str]) -> Iterator[Counts]:
    """The counts of files of BENCH_DATA and of generated shops."""
    folder = Path(os.environ.get("BENCH_DATA", DEFAULT_DATA)) / "visits"
    for name in names:
        if name in FILES:
            yield Counts.of(name, read_history(folder / f"{name}.csv.gz"), FILES[name])
        else:
            yield Counts.of(name, generated(name), None)


def main(arguments: Sequence[str]) -> int:
    """Measure, print tables, and end with one line per figure."""
    chosen = options(arguments)
    lines: list[Figure] = []
    every: list[Night] = []
    for counts in histories(chosen.only):
        started = time.monotonic()
        found = list(nights(counts, chosen.as_ofs))
        seconds = Figure(f"{counts.name}_seconds_of_an_as_of", (time.monotonic() - started) / len(found))
        first = returns(counts, found, chosen.recipe)
        rows = [*figures(counts.name, found), seconds, *returns_figures(counts.name, first)]
        print(table(rows, counts.name), end="\n\n", flush=True)
        print(
            returns_table(counts.name, first, [counts.first_day + one.column for one in found]), end="\n\n", flush=True
        )
        lines += rows
        every += found
    lines += bands("all", every)
    print("\n".join(figure.line for figure in lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
