"""What each recipe contributes to the served forecast: the ensemble of a night without one recipe at a time.

The protocol is that of ``benchmarks.sales``, a horizon or more earlier, so that recipes are chosen on data before the
held-out part. Every recipe is fitted once, at the gate's origins and on all that is known; the weights are chosen anew
without each of them. Only the largest night of a data set is measured.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from benchmarks import sales, sales_flair, sales_forecasts
from benchmarks.figures import Figure
from benchmarks.sales_data_set import DataSet
from benchmarks.sales_forecasts import SEED
from benchmarks.sales_scoring import Forecast as Scored
from benchmarks.sales_scoring import scores
from benchmarks.sales_sets import USUAL
from benchmarks.sales_source import Integers
from models.common.recipe import Candidate
from models.common.selection import Budget, no_progress
from models.sales.data.panel import SalesPanel
from models.sales.forecast import SalesForecast, forecast
from models.sales.gate.contenders import Comparison, Contender, compared_series
from models.sales.gate.measure import choose_mixtures
from models.sales.gate.origins import PastOrigins, choose_origins
from models.sales.recipes.ensemble import EnsembleModel
from models.sales.recipes.model import Forecast, SalesRecipe, finish
from models.sales.recipes.registry import BASELINE, FIXED, RECIPES, SalesCandidate, candidates
from models.sales.settings import RecipeName, SalesSettings

METRICS = ("mase", "wape", "rmse_pooled", "quantile_loss")
WHOLE = "all recipes"

ADDED: tuple[RecipeName, ...] = ("auto_ets", "theta")
"""Recipes that take part by name only, measured as additions."""

Row: TypeAlias = dict[str, float]
"""Figures by name, with the seconds of the recipes: their fits and forecasts at the gate's origins and on the night."""


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
class Fitted:
    """A recipe that was fitted at the gate's origins and on the night.

    Attributes:
        contender: The recipe at the gate's origins.
        forecast: Its forecast from the night on.
        seconds: What all of this took.
    """

    contender: Contender
    forecast: Forecast
    seconds: float

    @classmethod
    def every(cls, comparison: Comparison, known: SalesPanel, chosen: Iterable[SalesCandidate]) -> dict[str, Fitted]:
        """The candidates that can be fitted, by name."""
        fitted = {}
        for candidate in chosen:
            begin = time.perf_counter()
            for one in comparison.contenders([candidate], no_progress):
                ahead = candidate.fit(known, SEED, no_progress, one.model).forecast(known)
                fitted[one.name] = cls(one, ahead, time.perf_counter() - begin)
        return fitted


@dataclass(frozen=True, eq=False)
class Night:
    """One night with every recipe fitted.

    Attributes:
        known: What is known.
        compared: The gate's origins.
        fitted: Every recipe, by name.
        series: The measured series.
        cases: Their places in the data set.
    """

    known: SalesPanel
    compared: PastOrigins
    fitted: dict[str, Fitted]
    series: Integers
    cases: Integers

    @classmethod
    def of(
        cls, data_set: DataSet, settings: SalesSettings, earlier: int, added: Iterable[SalesRecipe] = ()
    ) -> Night | None:
        """The night with most series, so many horizons before the held-out one; None with too little history."""
        then = np.flatnonzero(data_set.number == earlier)
        columns, counts = np.unique(data_set.column[then], return_counts=True)
        column = int(columns[counts.argmax()]) if then.size else 0
        known = sales_forecasts.night_panel(data_set, column, settings).without_outliers()
        origins = choose_origins(known)
        if not origins.ordinals:
            print(f"{data_set.name}: too little history {earlier} horizons before the held-out one.", flush=True)
            return None
        past = PastOrigins.of(known, origins.ordinals, origins.steps)
        comparison = Comparison(past, compared_series(past.panels[0]), Budget(np.inf), SEED)
        chosen = [*candidates(known, settings, None), *(Candidate(recipe, settings) for recipe in added)]
        cases = then[data_set.column[then] == column]
        fitted = Fitted.every(comparison, known, chosen)
        return cls(known, past.take(comparison.series), fitted, data_set.series[cases], cases)

    def rows(self, data_set: DataSet, added: AbstractSet[str]) -> dict[str, Row]:
        """The figures with all recipes but those added, without each, with each of those added, and of each alone."""
        usual, every = self.fitted.keys() - added, sorted(self.fitted)
        optional = [name for name in every if name != BASELINE]
        rows = {WHOLE: self.together(data_set, usual)}
        rows |= {f"without {name}": self.together(data_set, usual - {name}) for name in optional if name in usual}
        rows |= {f"with {name}": self.together(data_set, usual | {name}) for name in optional if name in added}
        return rows | {f"{name} alone": self.alone(data_set, name) for name in every}

    def together(self, data_set: DataSet, names: AbstractSet[str]) -> Row:
        """The figures of the ensemble of these recipes."""
        fitted = {name: one for name, one in self.fitted.items() if name in names}
        contenders = [one.contender for one in fitted.values()]
        fixed = list(fitted).index(FIXED if FIXED in names else BASELINE)
        mixtures = choose_mixtures(contenders, self.compared, len(self.compared.panels), fixed)
        ensemble = EnsembleModel({one.name: one.model for one in contenders}, mixtures)
        forecasts = {name: one.forecast for name, one in fitted.items()}
        served = forecast(Prepared(ensemble, forecasts), self.known)
        return self._row(data_set, served, sum(one.seconds for one in fitted.values()))

    def alone(self, data_set: DataSet, name: str) -> Row:
        """The figures of one recipe, with seasonal naive where it does not forecast."""
        one = self.fitted[name]
        return self._row(data_set, finish(one.forecast, self.known), one.seconds)

    def _row(self, data_set: DataSet, made: SalesForecast | Forecast, seconds: float) -> Row:
        own = Scored(made.mean[self.series], made.quantiles[self.series])
        return scores(data_set.actual[self.cases], own, data_set.scale[self.cases]) | {"seconds": seconds}


def measure(
    data_set: DataSet, settings: SalesSettings, nights: Iterable[int] = (1,), added: Sequence[SalesRecipe] = ()
) -> dict[str, Row]:
    """The figures of the rows of all nights, see `Night.rows` and `Night.of`, each the mean over the nights."""
    names = {*ADDED, *(recipe.name for recipe in added)}
    of_nights = [Night.of(data_set, settings, earlier, added) for earlier in nights]
    every = [night.rows(data_set, names) for night in of_nights if night is not None]
    return {
        title: {name: float(np.mean([rows[title][name] for rows in every])) for name in row}
        for title, row in (every[0] if every else {}).items()
        if all(title in rows for rows in every)
    }


def table(name: str, rows: dict[str, Row]) -> str:
    """The rows, each with its difference to that of all recipes in percent, and the seconds of its recipes."""
    lines = [name.ljust(36) + "".join(f"{metric:>14}{'%':>8}" for metric in METRICS) + f"{'seconds':>10}"]
    for title, row in rows.items():
        cells = [(row[metric], 100 * (row[metric] / rows[WHOLE][metric] - 1)) for metric in METRICS]
        numbers = "".join(f"{value:>14.4f}{more:>+8.2f}" for value, more in cells)
        lines.append(f"  {title:<34}{numbers}{row['seconds']:>10.1f}")
    return "\n".join(lines)


def figures(name: str, rows: dict[str, Row]) -> Iterator[Figure]:
    """The figures of every row."""
    for title, row in rows.items():
        for metric in (*METRICS, "seconds"):
            yield Figure(f"{name}_{title.replace(' ', '_')}_{metric}", row[metric])


def main(arguments: Sequence[str]) -> int:
    """Measure, print tables, and end with one line per figure."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sales_candidates", description=(__doc__ or "").split("\n")[0]
    )
    add = parser.add_argument
    add("--only", action="append", choices=list(USUAL), help="a data set; may be repeated (all)")
    add("--with-added", action="store_true", help=f"also {' and '.join(ADDED)}, which take minutes")
    add("--with-flair", action="store_true", help="also flair, which make bench-flair installs")
    add("--earlier", type=int, nargs="+", default=[1], help="nights, horizons before the held-out one, at least 1 (1)")
    chosen = parser.parse_args(arguments)
    if min(chosen.earlier) < 1:
        parser.error("--earlier is at least 1: recipes are not chosen on the held-out horizon.")
    if chosen.with_flair:
        sales_flair.load_package()
    only = [part for name in chosen.only or USUAL if USUAL[name].kept is None for part in ("--only", name)]
    measured: list[Figure] = []
    for data_set in sales.data_sets(sales.options([*only, "--origins", str(max(chosen.earlier) + 1)])):
        settings = sales_forecasts.settings_of(data_set, USUAL[data_set.name].country)
        added = [RECIPES[name] for name in ADDED if chosen.with_added] + [sales_flair.FLAIR] * chosen.with_flair
        rows = measure(data_set, settings, chosen.earlier, added)
        if rows:
            print(table(data_set.name, rows), end="\n\n", flush=True)
            measured += figures(data_set.name, rows)
    print("\n".join(figure.line for figure in measured))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
