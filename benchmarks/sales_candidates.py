"""What each recipe contributes to the served forecast: the ensemble of a night without one recipe at a time.

The protocol is that of ``benchmarks.sales``, a horizon or more earlier, so that recipes are chosen on data before the
held-out part. Every recipe is fitted once, at the gate's origins and on all that is known; the weights are chosen anew
without each of them. Only the largest night of a data set is measured.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks import sales, sales_forecasts
from benchmarks.figures import Figure
from benchmarks.sales_data_set import DataSet
from benchmarks.sales_forecasts import SEED
from benchmarks.sales_scoring import Forecast as Scored
from benchmarks.sales_scoring import scores
from benchmarks.sales_sets import USUAL
from benchmarks.sales_source import Integers
from models.common.selection import Budget, no_progress
from models.sales.data.panel import SalesPanel
from models.sales.forecast import forecast
from models.sales.gate.contenders import Comparison, Contender, compared_series
from models.sales.gate.measure import choose_mixtures
from models.sales.gate.origins import PastOrigins, choose_origins
from models.sales.recipes.ensemble import EnsembleModel
from models.sales.recipes.model import Forecast
from models.sales.recipes.registry import BASELINE, FIXED, candidates
from models.sales.settings import RecipeName, SalesSettings

METRICS = ("mase", "wape", "rmse_pooled", "quantile_loss")
WHOLE = "all recipes"

ADDED: tuple[RecipeName, ...] = ("auto_ets", "theta")
"""Recipes that take part by name only, measured as additions."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """An ensemble whose parts have forecast already."""

    ensemble: EnsembleModel
    forecasts: dict[str, Forecast]

    @property
    def recipe(self) -> str:
        """The ensemble's name."""
        return self.ensemble.recipe

    @property
    def horizon(self) -> int:
        """Steps of the forecasts."""
        return self.ensemble.horizon

    @property
    def frequency(self) -> str:
        """Frequency of the panel."""
        return self.ensemble.frequency

    def forecast(self, panel: SalesPanel) -> Forecast:
        """The ensemble of the forecasts."""
        return self.ensemble.combine(panel, self.forecasts)

    def save(self, folder: object) -> None:
        """Nothing is kept."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class Night:
    """One night with every recipe fitted.

    Attributes:
        known: What is known.
        compared: The gate's origins.
        contenders: Every recipe at these origins.
        forecasts: Every recipe's forecast from the night on.
        series: The measured series.
        cases: Their places in the data set.
    """

    known: SalesPanel
    compared: PastOrigins
    contenders: list[Contender]
    forecasts: dict[str, Forecast]
    series: Integers
    cases: Integers

    @classmethod
    def of(cls, data_set: DataSet, settings: SalesSettings) -> Night:
        """The night with most series at the earliest origin."""
        earlier = np.flatnonzero(data_set.number == data_set.number.max())
        columns, counts = np.unique(data_set.column[earlier], return_counts=True)
        column = int(columns[counts.argmax()])
        known = sales_forecasts.night_panel(data_set, column, settings).without_outliers()
        origins = choose_origins(known)
        past = PastOrigins.of(known, origins.ordinals, origins.steps)
        comparison = Comparison(past, compared_series(past.panels[0]), Budget(np.inf), SEED)
        contenders = comparison.contenders(candidates(known, settings, None), no_progress)
        forecasts = {
            one.name: one.candidate.fit(known, SEED, no_progress, one.model).forecast(known) for one in contenders
        }
        cases = earlier[data_set.column[earlier] == column]
        return cls(known, past.take(comparison.series), contenders, forecasts, data_set.series[cases], cases)

    def scores(self, data_set: DataSet, names: set[str]) -> dict[str, float]:
        """The figures of the ensemble of these recipes."""
        contenders = [one for one in self.contenders if one.name in names]
        fixed = [one.name for one in contenders].index(FIXED if FIXED in names else BASELINE)
        mixtures = choose_mixtures(contenders, self.compared, len(self.compared.panels), fixed)
        ensemble = EnsembleModel({one.name: one.model for one in contenders}, mixtures)
        served = forecast(Prepared(ensemble, self.forecasts), self.known)
        own = Scored(served.mean[self.series], served.quantiles[self.series])
        return scores(data_set.actual[self.cases], own, data_set.scale[self.cases])


def measure(data_set: DataSet, settings: SalesSettings) -> dict[str, dict[str, float]]:
    """The figures by row: with all recipes, without each, with other weights, and with each of `ADDED`."""
    night = Night.of(data_set, settings)
    names = {one.name for one in night.contenders} - set(ADDED)
    rows = {WHOLE: night.scores(data_set, names)}
    rows |= {f"without {name}": night.scores(data_set, names - {name}) for name in sorted(names - {BASELINE})}
    added = [one.name for one in night.contenders if one.name in ADDED]
    return rows | {f"with {name}": night.scores(data_set, {*names, name}) for name in added}


def table(name: str, rows: dict[str, dict[str, float]]) -> str:
    """The rows, each with its difference to that of all recipes in percent."""
    lines = [name.ljust(36) + "".join(f"{metric:>14}{'%':>8}" for metric in METRICS)]
    for title, row in rows.items():
        cells = [(row[metric], 100 * (row[metric] / rows[WHOLE][metric] - 1)) for metric in METRICS]
        lines.append(f"  {title:<34}" + "".join(f"{value:>14.4f}{more:>+8.2f}" for value, more in cells))
    return "\n".join(lines)


def figures(name: str, rows: dict[str, dict[str, float]]) -> Iterator[Figure]:
    """The figures of every row."""
    for title, row in rows.items():
        for metric in METRICS:
            yield Figure(f"{name}_{title.replace(' ', '_')}_{metric}", row[metric])


def main(arguments: Sequence[str]) -> int:
    """Measure, print tables, and end with one line per figure."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sales_candidates", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--only", action="append", choices=list(USUAL), help="a data set; may be repeated (all)")
    parser.add_argument("--with-added", action="store_true", help=f"also {' and '.join(ADDED)}, which take minutes")
    parser.add_argument("--earlier", type=int, default=1, help="horizons before the held-out one, at least 1 (1)")
    chosen = parser.parse_args(arguments)
    if chosen.earlier < 1:
        parser.error("--earlier is at least 1: recipes are not chosen on the held-out horizon.")
    only = [part for name in chosen.only or USUAL if USUAL[name].kept is None for part in ("--only", name)]
    measured: list[Figure] = []
    for data_set in sales.data_sets(sales.options([*only, "--origins", str(chosen.earlier + 1)])):
        settings = sales_forecasts.settings_of(data_set, USUAL[data_set.name].country)
        if chosen.with_added:
            settings = settings.model_copy(update={"recipes": _with_added(data_set, settings)})
        rows = measure(data_set, settings)
        print(table(data_set.name, rows), end="\n\n", flush=True)
        measured += figures(data_set.name, rows)
    print("\n".join(figure.line for figure in measured))
    return 0


def _with_added(data_set: DataSet, settings: SalesSettings) -> tuple[str, ...]:
    column = int(data_set.column[data_set.number == data_set.number.max()].max())
    known = sales_forecasts.night_panel(data_set, column, settings)
    return (*(one.name for one in candidates(known, settings, None)), *ADDED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
