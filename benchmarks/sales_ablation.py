"""The contribution of each part of the sales network: the network without one part at a time, and other models.

The protocol is that of ``benchmarks.sales``, at its own origins and at those one horizon earlier, at which parts are
chosen. The served forecast is that of an ordinary night. Public holidays are known ahead if the country of the series
is known.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks import sales, sales_forecasts
from benchmarks.figures import Figure
from benchmarks.sales_data_set import DataSet
from benchmarks.sales_forecasts import SEED, SERVED
from benchmarks.sales_scoring import LEVELS, Forecast, mase, quantile_loss
from benchmarks.sales_sets import USUAL
from benchmarks.sales_source import Integers, Numbers
from models.common.arrays import Floats, Singles
from models.common.recipe import Training
from models.sales.data.calendar import Calendar
from models.sales.data.lengths import Lengths
from models.sales.data.panel import SalesPanel
from models.sales.features import inputs as features
from models.sales.features import reading, training_windows
from models.sales.features.inputs import Inputs, calendar_columns, inputs_of
from models.sales.features.scaling import USUAL_SPREAD
from models.sales.forecast import forecast
from models.sales.gate.select import select
from models.sales.recipes import registry
from models.sales.recipes.model import forecast_of
from models.sales.recipes.networks import outputs
from models.sales.recipes.networks.fit import NetworkRecipe
from models.sales.recipes.networks.network import NetworkInputs, NetworkShape
from models.sales.recipes.registry import BASELINE, RECIPES
from models.sales.recipes.seasonal_lstm import SEASONAL_LSTM, mixed_outputs
from models.sales.recipes.statistical.model import StatisticalModel
from models.sales.settings import STATISTICAL, ClassicSettings, NetworkSettings, SalesSettings

WHOLE = "the network"
DEFAULT = SEASONAL_LSTM.name
DIFFERENCE = 2
"""The column of each period that holds the difference to a season before, see `models.sales.features.inputs.Inputs`."""

ORIGINS = {"earlier": 1, "own": 0}
"""The rolling origins, and their numbers in a `DataSet`."""

METRICS = ("mase", "quantile_loss")
Parts = tuple[tuple[Any, str, Any], ...]
"""Modules, a name in each, and its replacement."""


@dataclass(frozen=True)
class Row:
    """A model to measure.

    Attributes:
        name: Its name in the table.
        recipe: One of `RECIPES`, or `SERVED`.
        settings: Settings that differ from the usual ones.
        parts: Parts of the program that are replaced while it is fitted and forecasts.
        holidays: Whether public holidays are known; where no country is known, a row without them is left out.
        steps_share: Share of the training steps.
        seed: Seed of all random numbers.
    """

    name: str
    recipe: str = DEFAULT
    settings: dict[str, Any] = field(default_factory=dict)
    parts: Parts = ()
    holidays: bool = True
    steps_share: float = 1.0
    seed: int = SEED


def _reading(change: Callable[[Inputs, Lengths], Inputs]) -> Parts:
    """Parts with which networks read changed inputs, in training and in forecasts."""

    def changed(panel: SalesPanel, lengths: Lengths, *given: Any) -> Inputs:
        return change(inputs_of(panel, lengths, *given), lengths)

    return tuple((module, "inputs_of", changed) for module in (training_windows, reading))


def without_candidates(inputs: Inputs, lengths: Lengths) -> Inputs:
    """Inputs in which every candidate is the window's level."""
    return replace(inputs, candidates=np.zeros_like(inputs.candidates))


def without_difference(inputs: Inputs, lengths: Lengths) -> Inputs:
    """Inputs without the difference to a season before."""
    past = inputs.past.reshape(len(inputs.past), lengths.look_back, -1).copy()
    past[:, :, DIFFERENCE] = 0.0
    return replace(inputs, past=past.reshape(inputs.past.shape))


def without_spread(ratio: Floats, season: int) -> Floats:
    """The same spread for every series."""
    return np.full(len(ratio), USUAL_SPREAD)


def without_calendar(ordinal: Integers, calendar: Calendar, yearly: bool) -> Singles:
    """Calendar columns that are zero, except the first, which is constant."""
    columns = np.zeros_like(calendar_columns(ordinal, calendar, yearly))
    columns[:, 0] = 1.0
    return columns


def without_decoder(keras: Any, inputs: NetworkInputs, shape: NetworkShape) -> Any:
    """`seasonal_lstm` with the encoder's state repeated in the decoder's place, (H, 6)."""
    layers = keras.layers
    state = layers.LSTM(shape.units)(inputs.past)
    ahead = layers.Concatenate()([inputs.candidates, inputs.steps])
    repeated = layers.RepeatVector(shape.horizon)(state)
    hidden = layers.Dense(64, activation="silu")(layers.Concatenate()([repeated, ahead]))
    hidden = layers.Dense(48, activation="silu")(hidden)
    return mixed_outputs(keras, hidden, inputs)


WITHOUT_DECODER = NetworkRecipe(DEFAULT, without_decoder)

ROWS = (
    Row(WHOLE),
    Row("another seed", seed=SEED + 1),
    Row("without candidates", parts=_reading(without_candidates)),
    Row("without the decoder", parts=((registry, "RECIPES", {**RECIPES, DEFAULT: WITHOUT_DECODER}),)),
    Row("without the seasonal difference", parts=_reading(without_difference)),
    Row("without the spread", parts=((features, "spreads", without_spread),)),
    Row("without the calendar", parts=((features, "calendar_columns", without_calendar),)),
    Row("without holidays", holidays=False),
    Row("without the median's weight", parts=((outputs, "MEDIAN_WEIGHT", 1.0),)),
    Row("one member", settings={"members": 1}),
    Row("half the steps", steps_share=0.5),
    Row("lstm", "lstm"),
    Row("lstm, window", "lstm", {"framing": "window"}),
    Row("lstm, regression", "lstm", {"framing": "regression"}),
    Row("lstm, stacked", "lstm", {"layers": 2}),
    Row("lstm, stateful", "lstm", {"stateful": True}),
    Row("seq2seq", "seq2seq"),
    Row("seq2seq_luong", "seq2seq_luong"),
    *(Row(recipe, recipe, {}) for recipe in (BASELINE, *STATISTICAL)),
    Row(SERVED, SERVED, {}),
)


@contextmanager
def with_parts(parts: Parts) -> Iterator[None]:
    """Replace parts of the program during the block."""
    with ExitStack() as stack:
        for module, name, part in parts:
            stack.enter_context(patch.object(module, name, part))
        yield


def settings_of(data_set: DataSet, row: Row, steps: int | None = None) -> SalesSettings:
    """The settings of a row.

    Args:
        data_set: Gives horizon, season and country.
        row: Gives the other settings.
        steps: Training steps of the whole network; None for the default.
    """
    usual = sales_forecasts.settings_of(data_set, country_of(data_set))
    whole = usual.network.steps if steps is None else steps
    given = {"steps": max(1, round(whole * row.steps_share)), **row.settings}
    network = {name: value for name, value in given.items() if name in NetworkSettings.model_fields}
    classic = {name: value for name, value in given.items() if name in ClassicSettings.model_fields}
    sections = {"network": NetworkSettings(**network), "classic": ClassicSettings(**classic)}
    return usual.model_copy(update=sections if row.holidays else {**sections, "country": None})


def country_of(data_set: DataSet) -> str | None:
    """The country of a usual data set, if it is known."""
    return USUAL[data_set.name].country if data_set.name in USUAL else None


def measured(data_set: DataSet, row: Row) -> bool:
    """Whether a row differs from the whole network on these series."""
    return row.holidays or country_of(data_set) is not None


def forecast_row(data_set: DataSet, row: Row, settings: SalesSettings) -> None:
    """Fit and forecast every night of a data set."""
    mean = np.full(data_set.actual.shape, np.nan)
    quantiles, slowest = np.full((*mean.shape, len(LEVELS)), np.nan), 0.0
    with with_parts(row.parts):
        for column, cases in data_set.nights():
            begin, series = time.perf_counter(), data_set.series[cases]
            panel = sales_forecasts.night_panel(data_set, column, settings)
            every_mean, every_quantile = _forecast(row, panel, settings, series)
            mean[cases], quantiles[cases] = every_mean[series], every_quantile[series]
            slowest = max(slowest, time.perf_counter() - begin)
    data_set.forecasts[row.name], data_set.seconds[row.name] = Forecast(mean, quantiles), slowest


def _forecast(row: Row, panel: SalesPanel, settings: SalesSettings, series: Integers) -> tuple[Numbers, Numbers]:
    """Mean and quantiles of a panel; a statistical model is fitted only to `series`, the others count nowhere."""
    if row.recipe == SERVED:
        known = panel.without_outliers()
        selected = select(known, settings, row.seed)
        served = forecast(selected.model, known)
        return served.mean, served.quantiles
    model = registry.RECIPES[row.recipe].fit(panel, Training(settings, row.seed))
    if not isinstance(model, StatisticalModel):
        alone = forecast_of(model, panel)
        return alone.mean, alone.quantiles
    mean = np.full((panel.series_count, model.horizon), np.nan)
    quantiles = np.full((*mean.shape, len(LEVELS)), np.nan)
    some = forecast_of(model, panel.take(series))
    mean[series], quantiles[series] = some.mean, some.quantiles
    return mean, quantiles


def scores(data_set: DataSet, name: str) -> dict[str, dict[str, float]]:
    """The figures of a row, by metric and origin."""
    forecast = data_set.forecasts[name]
    figures: dict[str, dict[str, float]] = {metric: {} for metric in METRICS}
    for origin, number in ORIGINS.items():
        cases = data_set.number == number
        figures["mase"][origin] = mase(data_set.actual[cases], forecast.median[cases], data_set.scale[cases])
        figures["quantile_loss"][origin] = quantile_loss(data_set.actual[cases], forecast.quantiles[cases])
    return figures


def head(data_set: DataSet) -> str:
    """The line above the rows of a table."""
    columns = [f"{metric} {origin}" for metric in ("MASE", "loss") for origin in (*ORIGINS, "more")]
    title = f"{data_set.name}: {len(data_set.series)} forecasts".ljust(44)
    return title + "".join(f"{column.removesuffix(' own'):>14}" for column in columns) + f"{'seconds':>9}"


def line(data_set: DataSet, name: str) -> str:
    """A row of a table: each metric at both origins, and the difference of its mean to that of the whole network."""
    own, whole = scores(data_set, name), scores(data_set, WHOLE) if WHOLE in data_set.forecasts else {}
    cells = ""
    for metric in METRICS:
        values, beside = ([*figures.get(metric, {}).values()] for figures in (own, whole))
        cells += "".join(f"{value:>14.4f}" for value in values)
        cells += f"{np.mean(values) - np.mean(beside):>+14.4f}" if beside else f"{'':>14}"
    return f"  {name:<42}{cells}{data_set.seconds[name]:>9.1f}"


def figures(data_set: DataSet) -> Iterator[Figure]:
    """The figures of every row of one source."""
    for name in data_set.forecasts:
        title = re.sub(r"\W+", "_", name)
        for metric, values in scores(data_set, name).items():
            for origin, value in values.items():
                yield Figure(f"{data_set.name}_{title}_{metric}_{origin}", value)


def measure(data_set: DataSet, rows: Sequence[Row], steps: int | None) -> None:
    """Fit, forecast and print every row; a model with too little to learn from is left out with a message."""
    print(head(data_set), flush=True)
    for row in rows:
        if not measured(data_set, row):
            continue
        try:
            forecast_row(data_set, row, settings_of(data_set, row, steps))
        except ValueError as error:
            print(f"  {row.name} is left out: {type(error).__name__}: {error}", flush=True)
        else:
            print(line(data_set, row.name), flush=True)


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line's options, with the data sets to measure as `data_sets`."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sales_ablation", description=(__doc__ or "").split("\n")[0]
    )
    add, names = parser.add_argument, [row.name for row in ROWS]
    add("paths", nargs="*", type=Path, help="CSV files of series, period, value (those of BENCH_DATA)")
    add("--only", action="append", default=[], choices=list(USUAL), help="one of the usual data sets; may be repeated")
    add("--horizon", type=int, help="periods to hold out (those of the usual data, else the program's)")
    add("--steps", type=int, help="training steps of the whole network (the default of the setting)")
    add("--rows", nargs="*", default=names, choices=names, help=f"rows to measure, besides {WHOLE!r} (all)")
    chosen = parser.parse_args(arguments)
    only = [part for name in chosen.only for part in ("--only", name)]
    horizon = ["--horizon", str(chosen.horizon)] if chosen.horizon is not None else []
    protocol = [*map(str, chosen.paths), *only, *horizon, "--origins", str(len(ORIGINS))]
    chosen.data_sets = sales.data_sets(sales.options(protocol))
    return chosen


def main(arguments: Sequence[str]) -> int:
    """Measure, print a table for each data set, and end with one line per figure."""
    chosen = options(arguments)
    rows = [row for row in ROWS if row.name in {WHOLE, *chosen.rows}]
    measures: list[Figure] = []
    for data_set in chosen.data_sets:
        if not data_set.series.size:
            print(
                f"{data_set.name}: no series has a known value before its last {data_set.horizon} periods.", flush=True
            )
            continue
        measure(data_set, rows, chosen.steps)
        print(flush=True)
        measures += figures(data_set)
    print("\n".join(figure.line for figure in measures))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
