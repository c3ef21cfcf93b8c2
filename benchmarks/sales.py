"""Sales forecasts compared with observed sales and with other methods, on series in files.

The protocol: the last horizon of every series is held out, and earlier horizons for more rolling origins. Series end in
different periods, so each has its own origin. The series of one origin make a night: they are forecast from one panel
with the history of all series before that origin, and no model sees anything from the origin on. Where many periods
have no row, an absent row means no sale, and every series continues to the source's end; else it is unknown, and not
evaluated. ``served`` is the recipe that the gate chose that night; other rows without ``peer_`` are single recipes.
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
SETS = {"tourism_monthly": (24, 12), "nn5_daily": (56, 7), "carparts": (12, 12), "online_retail_2_products": (28, 7)}
"""Horizon and season of the usual data."""

COUNTRIES = {"nn5_daily": "GB", "online_retail_2_products": "GB"}
"""The countries of the usual data."""

NO_COUNTRY = "none"

LOCAL = "lstm_local"
FOR_SMOOTH, FOR_GAPS = ("auto_ets", "theta"), ("croston", "tsb", "adida")
"""Statistical recipes that are measured alone."""

SLOW_PEERS = {"tourism_monthly": {"peer_auto_arima"}, "online_retail_2_products": {"peer_auto_arima"}}
"""Peers that take more than three minutes on two cores, and are left out without --slow-peers."""

MASE_GOALS = {"tourism_monthly": 1.45, "nn5_daily": 0.79}
HARNESS = {"tourism_monthly": (1.6308, 1.6310)}
"""Bounds of seasonal naive's MASE if the protocol is the published one (Godahewa et al., 2021: 1.631)."""

COVERAGE_GOALS = {"coverage_80": (0.77, 0.83), "coverage_95": (0.93, 0.97)}
SECONDS_GOAL = 120
NO_WORSE_WAPE = ("peer_auto_ets", "peer_lstm")
NO_WORSE_MEAN = ("peer_croston", "peer_tsb", "peer_adida")


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
    def usual(self) -> bool:
        """Whether this is the protocol of the published figures and the goals."""
        return SETS.get(self.name) == (self.horizon, self.season) and not self.number.any()

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
        panel = _night(data_set, column, settings)
        every_mean, every_quantile, decision = serve(panel, settings)
        data_set.seconds[SERVED] = max(data_set.seconds.get(SERVED, 0.0), time.perf_counter() - begin)
        mean[cases], quantiles[cases] = every_mean[data_set.series[cases]], every_quantile[data_set.series[cases]]
        data_set.decisions.append(f"{np.datetime64(int(panel.step_days[0]), 'D')}, {cases.size} series: {decision}")
    data_set.forecasts[SERVED] = Forecast(mean, quantiles)


def forecast_alone(data_set: DataSet, recipe: str, settings: SalesSettings) -> None:
    """One recipe, whatever the gate would say, fitted on what was known on the earliest night."""
    (mean, quantiles), model, begin = _nothing(data_set), None, time.perf_counter()
    for column, cases in data_set.nights():
        panel = _night(data_set, column, settings)
        model = RECIPES[recipe].fit(panel, Training(settings, SEED)) if model is None else model
        alone = forecast_of(model, panel.take(data_set.series[cases]))
        mean[cases], quantiles[cases] = alone.mean, alone.quantiles
    data_set.forecasts[recipe], data_set.seconds[recipe] = Forecast(mean, quantiles), time.perf_counter() - begin


def forecast_ours(data_set: DataSet, recipes: Sequence[str] | None, country: str | None) -> None:
    """The served forecast, and each recipe alone; a recipe with too little to learn from is left out with a message."""
    settings = SalesSettings(horizon=data_set.horizon, season=data_set.season, country=country)
    forecast_served(data_set, settings)
    usual = (*NETWORKS, LOCAL, *(FOR_GAPS if data_set.source.gaps else FOR_SMOOTH))
    for recipe in usual if recipes is None else recipes:
        try:
            forecast_alone(data_set, recipe, settings)
        except ValueError as error:
            print(f"{recipe} is left out: {type(error).__name__}: {error}", flush=True)


def _night(data_set: DataSet, column: int, settings: SalesSettings) -> SalesPanel:
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


def score_table(data_set: DataSet) -> str:
    """All figures of every model, by MASE, or by quantile loss where many periods have no sale; the best first."""
    rows = {model: data_set.scores(model) for model in data_set.forecasts}
    key = "quantile_loss" if data_set.source.gaps else "mase"
    names = list(rows[NAIVE])
    lines = [f"{data_set.name}: {len(data_set.series)} forecasts".ljust(44) + "".join(f"{name:>14}" for name in names)]
    for model in sorted(rows, key=lambda name: np.nan_to_num(rows[name][key], nan=np.inf)):
        cells = (f"{value:>14.4f}" if np.isfinite(value) else f"{'':>14}" for value in rows[model].values())
        lines.append(f"  {model:<42}{''.join(cells)}".rstrip())
    return "\n".join([*lines, *_by_origin(data_set), "", *(f"  {decision}" for decision in data_set.decisions)])


def _by_origin(data_set: DataSet) -> Iterator[str]:
    """Lines of the served forecast's figures at each origin, where there are several."""
    rows = data_set.scores_by_origin(SERVED) if SERVED in data_set.forecasts else []
    for number, row in enumerate(rows if len(rows) > 1 else []):
        name = f"{SERVED}, {number} horizon{'s' * (number > 1)} earlier" if number else f"{SERVED}, last horizon"
        yield f"  {name:<42}{''.join(f'{value:>14.4f}' for value in row.values())}"


def figures(data_set: DataSet) -> Iterator[Figure]:
    """The figures of one source, with their goals."""
    ours, name = data_set.scores(SERVED), data_set.name
    yield from _between(
        f"{name}_harness_mase", data_set.scores(NAIVE)["mase"], HARNESS.get(name) if data_set.usual else None
    )
    for metric, value in ours.items():
        if metric in COVERAGE_GOALS:
            yield from _between(f"{name}_{metric}", value, COVERAGE_GOALS[metric])
        else:
            limit = {"mase": MASE_GOALS.get(name) if data_set.usual else None, "seconds": SECONDS_GOAL}.get(metric)
            yield Figure(f"{name}_{metric}", value, None if limit is None else Goal("<=", limit))
    if data_set.source.gaps:
        yield from _against(data_set, ours)


def _between(name: str, value: float, limits: tuple[float, float] | None) -> Iterator[Figure]:
    if limits is None:
        yield Figure(name, value)
        return
    yield Figure(f"{name}_at_least", value, Goal(">=", limits[0]))
    yield Figure(f"{name}_at_most", value, Goal("<=", limits[1]))


def _against(data_set: DataSet, ours: dict[str, float]) -> Iterator[Figure]:
    """Figures of the served forecast with the peers' as goals, on series of many zeros."""
    pairs = [(peer, "wape") for peer in NO_WORSE_WAPE]
    pairs += [(peer, metric) for peer in NO_WORSE_MEAN for metric in ("rmse_mean", "quantile_loss")]
    for peer, metric in pairs:
        limit = data_set.scores(peer)[metric] if peer in data_set.forecasts else float("nan")
        if np.isfinite(limit):
            yield Figure(f"{data_set.name}_{metric}_beside_{peer}", ours[metric], Goal("<=", limit))


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line's options; exits with code 2 if the data are missing."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sales", description=(__doc__ or "").split("\n")[0])
    add = parser.add_argument
    add("paths", nargs="*", type=Path, help="CSV files of series, period, value (those of BENCH_DATA)")
    add("--only", action="append", choices=list(SETS), help="one of the usual data sets; may be repeated (all)")
    add("--horizon", type=_count, help="periods to hold out (those of the usual data, else the program's)")
    add("--season", type=_count, help="periods of a season (likewise)")
    add("--origins", type=_count, default=1, help="rolling origins, a horizon apart (1)")
    add("--without-peers", action="store_true", help="only the program's own models")
    add("--without", action="append", default=[], choices=list(PEERS), help="a peer to leave out; may be repeated")
    add("--slow-peers", action="store_true", help="also peers that take more than three minutes on the usual data")
    add("--recipes", nargs="*", choices=list(RECIPES), help="recipes to measure alone, too (those that suit the data)")
    add("--country", help="country whose public holidays are known ahead, or none (that of the usual data)")
    chosen = parser.parse_args(arguments)
    if chosen.only and chosen.paths:
        parser.error("--only names one of the usual data sets; leave it out if you name files.")
    folder = Path(os.environ.get("BENCH_DATA") or DEFAULT_DATA) / "sales"
    chosen.paths = chosen.paths or [folder / f"{name}.csv.gz" for name in chosen.only or SETS]
    missing = [str(path) for path in chosen.paths if not path.is_file()]
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
    for path in chosen.paths:
        name, source = path.name.split(".")[0], Source.read(path)
        default = resolve_lengths(SalesSettings(), source.calendar)
        horizon, season = SETS.get(name, (default.horizon, default.season))
        yield DataSet.of(name, source, chosen.horizon or horizon, chosen.season or season, chosen.origins)


def main(arguments: Sequence[str]) -> int:
    """Measure, print tables, and end with one line per figure."""
    chosen = options(arguments)
    measured: list[Figure] = []
    for data_set in data_sets(chosen):
        if not data_set.series.size:
            print(
                f"{data_set.name}: no series has a known value before its last {data_set.horizon} periods.", flush=True
            )
            continue
        forecast_naive(data_set)
        country = chosen.country or COUNTRIES.get(data_set.name, NO_COUNTRY)
        forecast_ours(data_set, chosen.recipes, None if country == NO_COUNTRY else country)
        if not chosen.without_peers:
            slow = set() if chosen.slow_peers else SLOW_PEERS.get(data_set.name, set())
            forecast_peers(data_set, {*chosen.without, *slow})
        print(score_table(data_set), end="\n\n", flush=True)
        measured += list(figures(data_set))
    print("\n".join(figure.line for figure in measured))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
