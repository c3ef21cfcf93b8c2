"""The forecasts that are compared: the served one, single recipes, seasonal naive, and other packages' methods."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.sales_data_set import DataSet
from benchmarks.sales_scoring import LEVELS, Forecast, seasonal_naive
from benchmarks.sales_sets import MEAN_OF_TWO
from benchmarks.sales_source import Numbers
from models.common.recipe import Training
from models.sales.data.covariate_rows import holiday_covariates
from models.sales.data.panel import SalesPanel
from models.sales.forecast import forecast
from models.sales.gate.select import select
from models.sales.recipes.model import forecast_of
from models.sales.recipes.registry import NETWORKS, RECIPES
from models.sales.settings import SalesSettings

SEED = 20_240_229
PEERS_PYTHON = Path(".venv-sales-peers", "bin", "python")
SERVED, NAIVE = "served", "seasonal naive"

LOCAL = "lstm_local"
FOR_SMOOTH, FOR_GAPS = ("auto_ets", "theta"), ("croston", "tsb", "adida")
"""Statistical recipes that are measured alone."""


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
