"""Sales forecasts compared with observed sales and with other methods, on series in files.

The protocol: the last horizon of every series is held out, and earlier horizons for more rolling origins. Series end in
different periods, so each has its own origin. The series of one origin make a night: they are forecast from one panel
with the history of all series before that origin, and no model sees anything from the origin on. Where many periods
have no row, an absent row means no sale, and every series continues to the source's end; else it is unknown, and not
evaluated. ``served`` is the recipe that the gate chose that night; other rows without ``peer_`` are single recipes,
measured at the last origin alone. The coverage of the served bands is that of all origins together.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.figures import Figure, Goal
from benchmarks.real_night import DEFAULT_DATA
from benchmarks.sales_peers import PEERS
from benchmarks.sales_scoring import LEVELS, Forecast, naive_scale, scores, seasonal_naive
from benchmarks.sales_sets import (
    COVERAGE_GOALS,
    ENOUGH_ORIGINS,
    MEAN_OF_TWO,
    SECONDS_GOAL,
    USUAL,
    UsualSet,
    bounded,
)
from benchmarks.sales_source import Integers, Numbers, Source
from models.common.recipe import Training
from models.sales.data.covariate_rows import holiday_covariates
from models.sales.data.lengths import resolve_lengths
from models.sales.data.panel import SalesPanel
from models.sales.forecast import forecast
from models.sales.gate.select import select
from models.sales.recipes.model import forecast_of
from models.sales.recipes.registry import NETWORKS, RECIPES
from models.sales.settings import SalesSettings

SEED = 20_240_229
PEERS_PYTHON = Path(".venv-sales-peers", "bin", "python")
SERVED, NAIVE = "served", "seasonal naive"
NO_COUNTRY = "none"

LOCAL = "lstm_local"
FOR_SMOOTH, FOR_GAPS = ("auto_ets", "theta"), ("croston", "tsb", "adida")
"""Statistical recipes that are measured alone."""


@dataclass(eq=False)
class DataSet:
    """The n cases of one source, each a series at one origin, with every model's forecasts.

    Attributes:
        series, column, number: the series of each case, the column of its origin, and the number of the rolling origin.
        history: (n, L), the values before the origin, the last period in the last column.
        actual: (n, H), the observed values.
        seconds: by model, training and forecasting in the slowest night.
    """

    name: str
    source: Source
    horizon: int
    season: int
    series: Integers
    column: Integers
    number: Integers
    history: Numbers
    actual: Numbers
    forecasts: dict[str, Forecast] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    decisions: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, name: str, source: Source, horizon: int, season: int, origins: int = 1) -> DataSet:
        """Hold out the last horizons; a series without a known value before an origin is left out there."""
        number, series = (part.ravel() for part in np.indices((origins, len(source.grid))))
        column = source.end[series] + 1 - horizon * (number + 1)
        known = ~np.isnan(source.grid)
        usable = (column > known.argmax(axis=1)[series]) & np.asarray(known.any(axis=1))[series]
        series, column, number = series[usable], column[usable], number[usable]
        width = int(column.max(initial=0))
        back = column[:, None] + np.arange(-width, 0)
        history = np.where(back >= 0, source.grid[series[:, None], np.maximum(back, 0)], np.nan)
        actual = source.grid[series[:, None], column[:, None] + np.arange(horizon)]
        return cls(name, source, horizon, season, series, column, number, history, actual)

    @property
    def usual(self) -> UsualSet | None:
        """The protocol of the published figures and the goals, if this is it."""
        usual = USUAL.get(self.name)
        return usual if usual and (usual.horizon, usual.season) == (self.horizon, self.season) else None

    @property
    def origins(self) -> int:
        """The number of rolling origins."""
        return len(np.unique(self.number))

    @property
    def last(self) -> DataSet:
        """The cases of the last origin, with their forecasts."""
        cases = self.number == 0
        own = {name: getattr(self, name)[cases] for name in ("series", "column", "number", "history", "actual")}
        forecasts = {name: Forecast(one.mean[cases], one.quantiles[cases]) for name, one in self.forecasts.items()}
        return replace(self, **own, forecasts=forecasts)

    @property
    def scale(self) -> Numbers:
        """Seasonal naive's mean absolute error inside each history, (n,)."""
        return naive_scale(self.history, self.season)

    def nights(self) -> Iterator[tuple[int, Integers]]:
        """The column of each origin, and its cases."""
        for column in np.unique(self.column):
            yield int(column), np.flatnonzero(self.column == column)

    def scores(self, model: str) -> dict[str, float]:
        """The figures of one model, and its seconds."""
        figures = scores(self.actual, self.forecasts[model], self.scale)
        return figures | {"seconds": self.seconds.get(model, float("nan"))}

    def scores_by_origin(self, model: str) -> list[dict[str, float]]:
        """The figures of one model at each rolling origin, the last one first."""
        by_origin, forecast = [], self.forecasts[model]
        for number in np.unique(self.number):
            cases = self.number == number
            part = Forecast(forecast.mean[cases], forecast.quantiles[cases])
            by_origin.append(scores(self.actual[cases], part, self.scale[cases]))
        return by_origin


def serve(panel: SalesPanel, settings: SalesSettings) -> tuple[Numbers, Numbers, str]:
    """Mean and quantiles that would be published, and the gate's decision."""
    known = panel.without_outliers()
    selected = select(known, settings, SEED)
    served = forecast(selected.model, known)
    return served.mean, served.quantiles, selected.decision


def forecast_served(data_set: DataSet, settings: SalesSettings) -> None:
    """The served forecast of every night, each with its own training and gate."""
    mean, quantiles = _nothing(data_set)
    for column, cases in data_set.nights():
        begin = time.perf_counter()
        panel = night_panel(data_set, column, settings)
        every_mean, every_quantile, decision = serve(panel, settings)
        data_set.seconds[SERVED] = max(data_set.seconds.get(SERVED, 0.0), time.perf_counter() - begin)
        mean[cases], quantiles[cases] = every_mean[data_set.series[cases]], every_quantile[data_set.series[cases]]
        data_set.decisions.append(f"{np.datetime64(int(panel.step_days[0]), 'D')}, {cases.size} series: {decision}")
    data_set.forecasts[SERVED] = Forecast(mean, quantiles)


def forecast_alone(data_set: DataSet, recipe: str, settings: SalesSettings) -> None:
    """One recipe, whatever the gate would say, fitted on what was known on the earliest night."""
    (mean, quantiles), model, begin = _nothing(data_set), None, time.perf_counter()
    for column, cases in data_set.nights():
        panel = night_panel(data_set, column, settings)
        model = RECIPES[recipe].fit(panel, Training(settings, SEED)) if model is None else model
        alone = forecast_of(model, panel.take(data_set.series[cases]))
        mean[cases], quantiles[cases] = alone.mean, alone.quantiles
    data_set.forecasts[recipe], data_set.seconds[recipe] = Forecast(mean, quantiles), time.perf_counter() - begin


def settings_of(data_set: DataSet, country: str | None) -> SalesSettings:
    """The settings of all nights of a data set."""
    return SalesSettings(horizon=data_set.horizon, season=data_set.season, country=country)


def forecast_recipes(data_set: DataSet, recipes: Sequence[str] | None, country: str | None) -> None:
    """Each recipe alone; one with too little to learn from is left out with a message."""
    settings = settings_of(data_set, country)
    usual = (*NETWORKS, LOCAL, *(FOR_GAPS if data_set.source.gaps else FOR_SMOOTH))
    for recipe in usual if recipes is None else recipes:
        try:
            forecast_alone(data_set, recipe, settings)
        except ValueError as error:
            print(f"{recipe} is left out: {type(error).__name__}: {error}", flush=True)
    both = [data_set.forecasts[recipe] for recipe in FOR_SMOOTH if recipe in data_set.forecasts]
    if len(both) == len(FOR_SMOOTH):
        mean, quantiles = (np.mean([getattr(one, part) for one in both], axis=0) for part in ("mean", "quantiles"))
        data_set.forecasts[MEAN_OF_TWO] = Forecast(mean, quantiles)


def night_panel(data_set: DataSet, column: int, settings: SalesSettings) -> SalesPanel:
    """What is known before a column, with the public holidays of the country, if one is set."""
    panel = data_set.source.panel(column, settings)
    if settings.country is None:
        return panel
    return replace(panel, covariates=holiday_covariates(panel.grid, settings.country))


def _nothing(data_set: DataSet) -> tuple[Numbers, Numbers]:
    mean = np.full(data_set.actual.shape, np.nan)
    return mean, np.full((*mean.shape, len(LEVELS)), np.nan)


def forecast_naive(data_set: DataSet) -> None:
    """Seasonal naive, computed by the benchmark itself, which shows whether the protocol is the published one."""
    begin = time.perf_counter()
    mean = seasonal_naive(data_set.history, data_set.season, data_set.horizon)
    quantiles = np.full((*mean.shape, len(LEVELS)), np.nan)
    quantiles[:, :, LEVELS.index(0.5)] = mean
    data_set.forecasts[NAIVE], data_set.seconds[NAIVE] = Forecast(mean, quantiles), time.perf_counter() - begin


def forecast_peers(data_set: DataSet, without: Iterable[str]) -> None:
    """The forecasts of ``sales_peers``, in their own environment; a missing method is named, and the others run."""
    if not PEERS_PYTHON.exists():
        print(f"No other methods: {PEERS_PYTHON} is missing; make bench-sales-peers prepares it.", flush=True)
        return
    with tempfile.TemporaryDirectory(prefix="nc-peers-") as folder:
        source, target = Path(folder, "cases.npz"), Path(folder, "peers.npz")
        np.savez(source, **input_of_peers(data_set))
        script = Path(__file__).with_name("sales_peers.py").resolve()
        left_out = [part for name in sorted(without) for part in ("--without", name)]
        done = subprocess.run([PEERS_PYTHON.absolute(), script, source, target, *left_out], check=False, cwd=folder)
        if done.returncode:
            print(f"The other methods ended early, with exit code {done.returncode}.", flush=True)
        if target.exists():
            read_peers(data_set, target)


def input_of_peers(data_set: DataSet) -> dict[str, Any]:
    """All that peers see: the values of each series before its origin."""
    return {
        "history": data_set.history,
        "origin": data_set.number,
        "horizon": data_set.horizon,
        "season": data_set.season,
        "intermittent": data_set.source.gaps,
    }


def read_peers(data_set: DataSet, path: Path) -> None:
    """Add the forecasts of the peers to the data set."""
    with np.load(path, allow_pickle=False) as archive:
        for model in (key.removesuffix("/mean") for key in archive.files if key.endswith("/mean")):
            data_set.forecasts[model] = Forecast(archive[f"{model}/mean"], archive[f"{model}/quantiles"])
            data_set.seconds[model] = float(archive[f"{model}/seconds"])


def score_table(data_set: DataSet, rolling: DataSet) -> str:
    """All figures of every model, by MASE, or by quantile loss where many periods have no sale; the best first."""
    rows = {model: data_set.scores(model) for model in data_set.forecasts}
    key = "quantile_loss" if data_set.source.gaps else "mase"
    names = list(rows[NAIVE])
    lines = [f"{data_set.name}: {len(data_set.series)} forecasts".ljust(44) + "".join(f"{name:>14}" for name in names)]
    for model in sorted(rows, key=lambda name: np.nan_to_num(rows[name][key], nan=np.inf)):
        cells = (f"{value:>14.4f}" if np.isfinite(value) else f"{'':>14}" for value in rows[model].values())
        lines.append(f"  {model:<42}{''.join(cells)}".rstrip())
    return "\n".join([*lines, *_by_origin(rolling), "", *(f"  {decision}" for decision in rolling.decisions)])


def _by_origin(rolling: DataSet) -> Iterator[str]:
    """Lines of the served forecast's figures at each origin, where there are several."""
    rows = rolling.scores_by_origin(SERVED) if rolling.origins > 1 else []
    for number, row in enumerate(rows):
        name = f"{SERVED}, {number} horizon{'s' * (number > 1)} earlier" if number else f"{SERVED}, last horizon"
        yield f"  {name:<42}{''.join(f'{value:>14.4f}' for value in row.values())}"


def figures(data_set: DataSet, rolling: DataSet) -> Iterator[Figure]:
    """The figures of one source, with their goals: accuracy at the last origin, coverage at all of them together."""
    ours, name, usual = data_set.scores(SERVED), data_set.name, data_set.usual
    goals = {"seconds": SECONDS_GOAL, **(usual.goals if usual else {})}
    yield from bounded(f"{name}_harness_mase", data_set.scores(NAIVE)["mase"], usual.harness_mase if usual else None)
    for metric, value in ours.items():
        if metric not in COVERAGE_GOALS:
            limit = goals.get(metric)
            yield Figure(f"{name}_{metric}", value, None if limit is None else Goal("<=", limit))
    together = rolling.scores(SERVED)
    for metric, limits in COVERAGE_GOALS.items():
        yield from bounded(f"{name}_{metric}", together[metric], limits if rolling.origins >= ENOUGH_ORIGINS else None)
    yield from _against(data_set, ours, usual)


def _against(data_set: DataSet, ours: dict[str, float], usual: UsualSet | None) -> Iterator[Figure]:
    """Figures of the served forecast with those of other models as goals."""
    for metric, others in (usual.beaten if usual else {}).items():
        for other in (other for other in others if other in data_set.forecasts):
            limit = data_set.scores(other)[metric]
            if np.isfinite(limit):
                name = f"{data_set.name}_{metric}_beside_{other.replace(' ', '_')}"
                yield Figure(name, ours[metric], Goal("<=", limit))


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line's options; exits with code 2 if the data are missing."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sales", description=(__doc__ or "").split("\n")[0])
    add = parser.add_argument
    add("paths", nargs="*", type=Path, help="CSV files of series, period, value (those of BENCH_DATA)")
    add("--only", action="append", choices=list(USUAL), help="one of the usual data sets; may be repeated (all)")
    add("--horizon", type=_count, help="periods to hold out (those of the usual data, else the program's)")
    add("--season", type=_count, help="periods of a season (likewise)")
    add("--origins", type=_count, default=ENOUGH_ORIGINS, help="rolling origins, a horizon apart (4)")
    add("--without-peers", action="store_true", help="only the program's own models")
    add("--without", action="append", default=[], choices=list(PEERS), help="a peer to leave out; may be repeated")
    add("--slow-peers", action="store_true", help="also peers that take more than three minutes on the usual data")
    add("--recipes", nargs="*", choices=list(RECIPES), help="recipes to measure alone, too (those that suit the data)")
    add("--country", help="country whose public holidays are known ahead, or none (that of the usual data)")
    chosen = parser.parse_args(arguments)
    if chosen.only and chosen.paths:
        parser.error("--only names one of the usual data sets; leave it out if you name files.")
    folder = Path(os.environ.get("BENCH_DATA") or DEFAULT_DATA) / "sales"
    names = {path.name.split(".")[0]: path for path in chosen.paths}
    chosen.files = names or {name: folder / f"{USUAL[name].file}.csv.gz" for name in chosen.only or USUAL}
    missing = [str(path) for path in dict.fromkeys(chosen.files.values()) if not path.is_file()]
    if missing:
        parser.error(f"there is no {' and no '.join(missing)}: name the folder of data with BENCH_DATA.")
    return chosen


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is less than 1")
    return value


def data_sets(chosen: argparse.Namespace) -> Iterator[DataSet]:
    """A data set for each file."""
    for name, path in chosen.files.items():
        source, usual = Source.read(path), USUAL.get(name)
        default = resolve_lengths(SalesSettings(), source.calendar)
        horizon, season = (usual.horizon, usual.season) if usual else (default.horizon, default.season)
        horizon, season = chosen.horizon or horizon, chosen.season or season
        if usual is None or usual.kept is None:
            yield DataSet.of(name, source, horizon, season, chosen.origins)
        else:
            yield DataSet.of(name, source.newest(usual.kept + horizon), horizon, season)


def measure(rolling: DataSet, chosen: argparse.Namespace) -> list[Figure]:
    """Forecast one data set by all models, and print its table."""
    usual = USUAL.get(rolling.name)
    country = chosen.country or (usual and usual.country) or NO_COUNTRY
    country = None if country == NO_COUNTRY else country
    forecast_served(rolling, settings_of(rolling, country))
    data_set = rolling.last
    forecast_naive(data_set)
    forecast_recipes(data_set, chosen.recipes, country)
    if not chosen.without_peers:
        slow = usual.slow_peers if usual and not chosen.slow_peers else ()
        forecast_peers(data_set, {*chosen.without, *slow})
    print(score_table(data_set, rolling), end="\n\n", flush=True)
    return list(figures(data_set, rolling))


def main(arguments: Sequence[str]) -> int:
    """Measure, print tables, and end with one line per figure."""
    chosen = options(arguments)
    measured: list[Figure] = []
    for rolling in data_sets(chosen):
        if rolling.series.size:
            measured += measure(rolling, chosen)
        else:
            print(f"{rolling.name}: no series has a known value before its last {rolling.horizon} periods.", flush=True)
    print("\n".join(figure.line for figure in measured))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
