"""The recipes of sales, each fitted with small settings, saved and loaded, and small nights of other frequencies.

Only `_panel`, `_forecast` and `_selected` call the models, so a change of their interface is made in one place.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks.recorded.comparison import Forecasts
from benchmarks.recorded.shop import as_of_day, promotion_rows, sales_rows
from models.common.recipe import Training
from models.sales.data.build import build_panel
from models.sales.data.covariate_rows import build_covariates
from models.sales.data.panel import SalesPanel
from models.sales.forecast import forecast
from models.sales.gate.select import select
from models.sales.recipes.model import SalesModel
from models.sales.recipes.registry import RECIPES, load_model
from models.sales.settings import SalesSettings

SEED = 3
EARLIER_DAYS = 56
"""Periods between two trainings; the second continues from the first."""


def _settings(**given: Any) -> SalesSettings:
    return SalesSettings.model_validate({"network": {"units": 8, "members": 2, "steps": 60}, **given})


def _panel(settings: SalesSettings, frequency: str = "D", promotions: bool = False) -> SalesPanel:
    """The shop's series; those of other frequencies are sums of the days."""
    series, day, value = sales_rows()
    if frequency == "B":
        weekday = (day + 3) % 7 < 5
        series, day, value = series[weekday], day[weekday], value[weekday]
    elif frequency != "D":
        series, day, value = _summed(frequency)
    count = int(series.max()) + 1
    panel = build_panel(series, day, value, count, as_of_day(), frequency=frequency, settings=settings)
    if not promotions and settings.country is None:
        return panel
    codes, days, shares = promotion_rows()
    kinds = np.zeros(len(codes), np.int64)
    return replace(
        panel, covariates=build_covariates(codes, days, kinds, shares, ("promotion",), panel.grid, settings.country)
    )


def _summed(frequency: str) -> tuple[Any, Any, Any]:
    """Sums over whole months ("MS") or weeks from Monday on, labelled with their first day."""
    series, day, value = sales_rows()
    dates = day.astype("datetime64[D]")
    first = (
        dates.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        if frequency == "MS"
        else day - (day + 3) % 7
    )
    pairs, place = np.unique(np.column_stack([series, first]), axis=0, return_inverse=True)
    return pairs[:, 0], pairs[:, 1], np.bincount(place.ravel(), weights=value)


@contextmanager
def _constants(batch_size: int) -> Iterator[None]:
    """Smaller trainings and comparisons than the models' constants allow."""
    modules = ("features.training_windows", "recipes.networks.fit", "recipes.classic.recipe")
    with ExitStack() as patches:
        for module in modules:
            patches.enter_context(patch(f"models.sales.{module}.BATCH_SIZE", batch_size))
        patches.enter_context(patch("models.sales.recipes.networks.fit.REFIT_STEPS", 30))
        patches.enter_context(patch("models.sales.gate.select.origin_count", return_value=1))
        yield


def _forecast(recipe: str, panel: SalesPanel, settings: SalesSettings, batch_size: int) -> Forecasts:
    """The forecast of a recipe that was fitted at an earlier origin, and then at the as-of."""
    with _constants(batch_size):
        earlier = RECIPES[recipe].fit(panel.before(panel.end - EARLIER_DAYS), Training(settings, SEED))
        return _from_artifact(RECIPES[recipe].fit(panel, Training(settings, SEED, earlier=earlier)), panel)


def _selected(panel: SalesPanel, settings: SalesSettings) -> Forecasts:
    """The forecast of the gate's winner."""
    with _constants(64):
        return _from_artifact(select(panel, settings, SEED).model, panel)


def _from_artifact(model: SalesModel, panel: SalesPanel) -> Forecasts:
    with tempfile.TemporaryDirectory(prefix="nightcast-") as folder:
        model.save(Path(folder))
        made = forecast(load_model(Path(folder)), panel)
    return {"mean": made.mean, "quantiles": made.quantiles, "status": made.status.astype(np.str_)}


def _fitted(recipe: str, promotions: bool = False, batch_size: int = 64, **given: Any) -> Forecasts:
    settings = _settings(**given)
    return _forecast(recipe, _panel(settings, promotions=promotions), settings, batch_size)


def _gate(frequency: str, minimum: int | None = None, **given: Any) -> Forecasts:
    settings = _settings(recipes=["seasonal_lstm", "theta"], **given)
    panel = _panel(settings, frequency)
    if minimum is not None:
        panel = replace(panel, lengths=replace(panel.lengths, minimum_observations=minimum))
    return _selected(panel, settings)


PREPARED = {"preparation": ("logarithm", "detrend", "seasonal_adjust", "maximum_scale")}
DIFFERENCED = {"preparation": ("seasonal_difference", "range_scale")}
STATEFUL = {"stateful": True, "framing": "window"}

VARIANTS: dict[str, Callable[[], Forecasts]] = {
    "seasonal_lstm": partial(_fitted, "seasonal_lstm"),
    "seasonal_lstm, promotions and holidays": partial(_fitted, "seasonal_lstm", True, country="GB"),
    "lstm of two layers, prepared": partial(_fitted, "lstm", classic={**PREPARED, "layers": 2}),
    "lstm, stateful": partial(_fitted, "lstm", batch_size=8, classic=STATEFUL),
    "seq2seq, differenced": partial(_fitted, "seq2seq", classic=DIFFERENCED),
    "seq2seq_luong, prepared": partial(_fitted, "seq2seq_luong", classic=PREPARED),
    "lstm_local": partial(_fitted, "lstm_local"),
    "auto_ets": partial(_fitted, "auto_ets", horizon=7),
    "theta": partial(_fitted, "theta", horizon=7),
    "croston": partial(_fitted, "croston", horizon=7),
    "tsb": partial(_fitted, "tsb", horizon=7),
    "weekly gate": partial(_gate, "W-MON", horizon=4, season=13),
    "monthly gate": partial(_gate, "MS", horizon=3, season=6, look_back=6, minimum=8),
    "gate of business days": partial(_gate, "B", horizon=5, season=10),
}
"""Forecasts of each variant, by its name."""
