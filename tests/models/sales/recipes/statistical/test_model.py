from __future__ import annotations

import math
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.common.arrays import Floats
from models.common.description import write_description
from models.sales.recipes.model import QUANTILES, Forecast, forecast_of
from models.sales.recipes.registry import load_model
from models.sales.recipes.seasonal_naive import SeasonalNaive
from models.sales.recipes.statistical import library, workers
from models.sales.recipes.statistical.history import filled, usable
from models.sales.recipes.statistical.library import forecast_histories
from models.sales.recipes.statistical.model import StatisticalModel
from models.sales.settings import STATISTICAL, SalesSettings
from nightcast.errors import InputError
from tests.models.sales.shop import panel_of, rhythm

QUICK = [recipe for recipe in STATISTICAL if recipe != "auto_arima"]
HOUSE = Path(__file__).parents[5]
elements = st.one_of(st.just(math.nan), st.floats(-1e6, 1e6))


def model_of(recipe: str, horizon: int = 7, season: int = 7) -> StatisticalModel:
    return StatisticalModel(recipe, horizon, season, "D")


def forecast(recipe: str, values: Floats, horizon: int = 7, **options: Any) -> Forecast:
    return forecast_of(model_of(recipe, horizon), panel_of(values, **options))


def same(actual: Forecast, expected: Forecast, series: slice = slice(None)) -> None:
    np.testing.assert_array_equal(actual.mean[series], expected.mean[series])
    np.testing.assert_array_equal(actual.quantiles[series], expected.quantiles[series])


def rare(series: int, length: int, seed: int = 0) -> Floats:
    """Mostly zeros."""
    generator = np.random.default_rng(seed)
    return np.asarray((generator.random((series, length)) < 0.3) * generator.poisson(4, (series, length)), np.float64)


def direct(recipe: str) -> Any:
    from statsforecast import models

    return {
        "auto_ets": models.AutoETS(season_length=7, model="AZZ"),
        "theta": models.DynamicOptimizedTheta(season_length=7),
        "auto_arima": models.AutoARIMA(season_length=7, approximation=True),
        "croston": models.CrostonSBA(),
        "tsb": models.TSB(alpha_d=0.2, alpha_p=0.2),
        "adida": models.ADIDA(),
    }[recipe]


def fill_slowly(row: list[float], season: int) -> list[float]:
    known = [place for place, value in enumerate(row) if not math.isnan(value)]
    row_filled: list[float] = []
    for place, value in enumerate(row):
        same = [other for other in known if (other - place) % season == 0]
        before, after = [other for other in same if other < place], [other for other in same if other > place]
        if math.isnan(value) and known and place > known[0]:
            value = row[before[-1]] if before else row[after[0]] if after else row_filled[-1]
        row_filled.append(value)
    return row_filled


@pytest.mark.parametrize("recipe", STATISTICAL)
def test_a_series_is_forecast_as_by_the_library_itself(recipe: str) -> None:
    values = 0.7 * rare(1, 90) if recipe in library.RATES else rhythm(1, 60)  # no counts: these are rounded
    level = 2.0 ** math.floor(math.log2(values.mean()))
    ours = forecast(recipe, values)
    mean, quantiles = ours.mean, ours.quantiles
    if recipe in library.RATES:
        forecasts = direct(recipe).forecast(values[0] / level, 7, fitted=True)
        spread = np.nanquantile(values[0] / level - forecasts["fitted"], QUANTILES)
        expected = np.sort(forecasts["mean"][:, None] + spread, axis=1)
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            forecasts = direct(recipe).forecast(values[0] / level, 7, level=library.CENTRAL)
        expected = np.stack([forecasts[name] for name in library.COLUMNS], axis=1)
    np.testing.assert_allclose(mean[0], np.maximum(forecasts["mean"], 0) * level, rtol=1e-9)
    np.testing.assert_allclose(quantiles[0], np.maximum(expected, 0) * level, rtol=1e-9)


@given(arrays(np.float64, st.tuples(st.integers(1, 3), st.integers(1, 20)), elements=elements), st.integers(1, 8))
def test_gaps_are_filled_as_in_the_reference(values: Floats, season: int) -> None:
    expected = [fill_slowly(row, season) for row in values.tolist()]
    np.testing.assert_array_equal(filled(values, season), expected)


def test_a_filled_gap_makes_no_difference() -> None:
    values = rhythm(1, 60)
    gap = values.copy()
    gap[0, 20:25] = math.nan
    values[0, 20:25] = values[0, 13:18]
    forecasts, expected = (forecast("auto_ets", each) for each in (gap, values))
    assert forecasts.covered.all()
    # The filled values are no part of the level.
    np.testing.assert_allclose(forecasts.mean, expected.mean, rtol=0.02)


def test_periods_before_the_first_known_value_are_no_history() -> None:
    values = rhythm(2, 80)
    values[0, :30] = math.nan
    same(forecast("theta", values).take(np.array([0])), forecast("theta", values[:1, 30:]))


@pytest.mark.parametrize("recipe", QUICK)
def test_what_a_model_cannot_fit_is_left_to_seasonal_naive(recipe: str) -> None:
    values = rhythm(6, 40)
    values[0, :-5] = math.nan
    values[1] = 3.0
    values[2] = 0.0
    values[3] = math.nan
    values[4, 5:] = math.nan
    panel, model = panel_of(values), model_of(recipe)
    forecasts, expected = forecast_of(model, panel), forecast_of(SeasonalNaive(7, 7, "D"), panel)
    assert forecasts.covered.tolist() == [False] * 5 + [True]
    same(forecasts, expected, slice(5))
    assert not np.array_equal(forecasts.mean[5], expected.mean[5])


def test_two_seasons_are_needed() -> None:
    values = rhythm(1, 14)
    assert usable(values, 7).all()
    assert not usable(values[:, 1:], 7).any()
    assert not usable(values, 8).any()
    assert not usable(np.empty((1, 0)), 1).any()


@pytest.mark.parametrize("recipe", QUICK)
def test_a_barely_covered_series_gets_a_finite_forecast(recipe: str) -> None:
    generator = np.random.default_rng(4)
    values = generator.normal(0, 1, (4, 14)).round(1)
    values[1] = np.abs(values[1])
    values[2], values[2, 6] = 1.0, 2.0
    values[3], values[3, -1] = 0.0, 1.0
    forecasts = forecast(recipe, values)
    assert np.isfinite(forecasts.mean).all()
    assert np.isfinite(forecasts.quantiles).all()
    assert (np.diff(forecasts.quantiles, axis=2) >= 0).all()


@pytest.mark.parametrize("recipe", QUICK)
def test_a_series_is_forecast_alone_as_in_company(recipe: str) -> None:
    values = rhythm(5, 60)
    together = forecast(recipe, values)
    same(together.take(np.array([2])), forecast(recipe, values[2:3]))
    same(together, forecast(recipe, values))


def test_other_processes_come_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    values = rhythm(7, 60)
    expected = forecast("theta", values)
    monkeypatch.setattr(workers, "FEWEST_FOR_WORKERS", 1)
    for number in (2, 3):
        monkeypatch.setattr("joblib.cpu_count", lambda count=number: count)
        same(forecast("theta", values), expected)


@pytest.mark.parametrize("recipe", QUICK)
@pytest.mark.parametrize("scale", [2.0**-40, 2.0**33])
def test_a_scale_makes_no_difference(recipe: str, scale: float) -> None:
    values = rhythm(2, 60)
    forecasts, expected = forecast(recipe, values * scale), forecast(recipe, values)
    np.testing.assert_array_equal(forecasts.mean / scale, expected.mean)
    np.testing.assert_array_equal(forecasts.quantiles / scale, expected.quantiles)


@pytest.mark.parametrize("recipe", QUICK)
def test_the_last_observation_counts(recipe: str) -> None:
    values = rare(1, 60) + 1.0
    changed = values.copy()
    changed[0, -1] *= 3
    forecasts, expected = (forecast(recipe, each).mean for each in (changed, values))
    assert not np.array_equal(forecasts, expected)


def test_floors_hold_where_a_series_was_never_negative() -> None:
    values = np.random.default_rng(2).normal(0, 5, (2, 60))
    values[0] = np.abs(values[0])
    quantiles = forecast("auto_ets", values).quantiles
    assert quantiles[0].min() >= 0.0
    assert quantiles[1].min() < 0.0


def test_returns_are_no_matter_of_demand_or_none() -> None:
    values = rare(2, 60)
    values[1, 30] = -2.0
    covered = {recipe: forecast(recipe, values).covered.tolist() for recipe in STATISTICAL}
    assert covered["croston"] == covered["tsb"] == [True, False]
    assert covered["adida"] == covered["auto_ets"] == [True, True]


@pytest.mark.parametrize("recipe", library.RATES)
def test_a_rate_is_one_of_open_days(recipe: str) -> None:
    values = np.random.default_rng(5).uniform(9, 11, (3, 70))
    values[:, np.arange(70) % 7 == 6] = math.nan
    panel = panel_of(values, missing="auto")
    assert panel.closed.tolist() == [False] * 6 + [True]
    forecasts = forecast_of(model_of(recipe, 14), panel)
    closed = panel.closed_steps(14)
    assert (forecasts.mean[:, closed] == 0).all()
    assert (forecasts.quantiles[:, closed] == 0).all()
    np.testing.assert_allclose(forecasts.mean[:, ~closed], 10, atol=1)


@pytest.mark.parametrize("recipe", library.RATES)
def test_bands_of_a_rate_cover_what_they_say(recipe: str) -> None:
    values = rare(60, 240)
    quantiles = forecast(recipe, values[:, :-14], 14, settings=SalesSettings(horizon=14)).quantiles
    actual = values[:, -14:]
    assert np.mean((actual >= quantiles[:, :, 0]) & (actual <= quantiles[:, :, -1])) > 0.91
    assert np.mean(actual <= quantiles[:, :, -2]) == pytest.approx(0.9, abs=0.04)


class Failing:
    """Warns of everything, fails on the series that falls, and runs away with the one that rises."""

    def forecast(self, y: Floats, h: int, level: list[int]) -> dict[str, Floats]:
        warnings.warn("converges badly", UserWarning, stacklevel=1)
        if y[-1] < y[0]:
            raise ValueError("no model able to be fitted")
        far = 1e9 if y[-1] > y[0] else 1.0
        return {name: np.full(h, far) for name in library.COLUMNS}


def test_seasonal_naive_stands_in_where_the_library_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(library, "make", lambda recipe, season: Failing())
    values = rhythm(3, 60)
    values[:, 0] = values[:, -1] * [2, 0.5, 1]
    panel = panel_of(values)
    forecasts, naive = forecast_of(model_of("theta"), panel), forecast_of(SeasonalNaive(7, 7, "D"), panel)
    same(forecasts, naive, slice(2))
    assert not np.array_equal(forecasts.mean[2], naive.mean[2])
    assert forecasts.failed["theta"].tolist() == [True, True, False]
    assert forecasts.covered.tolist() == [False, False, True]


def test_a_long_season_is_taken_out() -> None:
    generator = np.random.default_rng(6)
    year = 10 + 5 * np.sin(np.arange(52) / 52 * 2 * np.pi)
    values = np.tile(year, 4)[None] * generator.uniform(0.95, 1.05, (1, 208))
    settings = SalesSettings(horizon=26, season=52)
    forecasts = forecast_of(model_of("auto_ets", 26, 52), panel_of(values, settings=settings))
    np.testing.assert_allclose(forecasts.mean[0], year[:26], rtol=0.15)


def test_exponential_smoothing_knows_a_year_of_weeks() -> None:
    generator = np.random.default_rng(4)
    wave = 1 + 0.5 * np.sin(np.arange(183) / 52 * 2 * np.pi)
    values = 100 * wave[None, :170] * generator.gamma(25, 1 / 25, (2, 170))
    forecasts = forecast_histories("auto_ets", values, 52, 13)
    assert np.isfinite(forecasts).all()
    naive = np.abs(values[:, -52:-39] / (100 * wave[170:]) - 1).mean()
    assert np.abs(forecasts[:, :, -1] / (100 * wave[170:]) - 1).mean() < naive


def test_the_artifact_is_a_description(tmp_path: Path) -> None:
    model = StatisticalModel("tsb", 5, 12, "MS")
    model.save(tmp_path / "model")
    assert len(list((tmp_path / "model").iterdir())) == 1
    assert load_model(tmp_path / "model") == model


@pytest.mark.parametrize("damage", [{"recipe": "other"}, {"horizon": 0}, {"season": "x"}, {"season": None}])
def test_a_damaged_description_is_refused(tmp_path: Path, damage: dict[str, Any]) -> None:
    write_description(tmp_path, "tsb", {"horizon": 5, "season": 12, "frequency": "MS"} | damage)
    with pytest.raises(InputError):
        load_model(tmp_path)


def python(script: str) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(HOUSE)}
    return subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, text=True)


def test_the_library_is_imported_late() -> None:
    script = "import models.sales.recipes.registry, sys; print('statsforecast' in sys.modules, 'joblib' in sys.modules)"
    assert python(script).communicate()[0].split() == ["False", "False"]


ENDLESS = """
import joblib
import numpy as np
from models.sales.recipes.statistical.workers import forecast_parallel
joblib.cpu_count = lambda: 2
values = np.random.default_rng(1).uniform(1, 2, (40_000, 60))
print("begin", flush=True)
forecast_parallel("theta", values, np.arange(len(values)), 7, 7)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="processes are named by their command line")
def test_the_workers_end_with_their_parent() -> None:
    parent = python(ENDLESS)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "begin\n"
    deadline = time.monotonic() + 60
    children: list[psutil.Process] = []
    while len(children) < 3 or sum(child.cpu_times().user for child in children) < 4:  # two workers, and who tidies up
        assert time.monotonic() < deadline
        children = psutil.Process(parent.pid).children(recursive=True)
        time.sleep(0.1)
    parent.kill()
    _, alive = psutil.wait_procs(children, timeout=20)
    for child in alive:
        child.kill()
    parent.communicate()
    assert alive == []
