from __future__ import annotations

import logging
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
from models.sales.recipes.constraints import QUANTILES

from models.common.arrays import Floats
from models.sales.recipes.seasonal_naive import SeasonalNaive
from models.sales.recipes.statistical import library, workers
from models.sales.recipes.statistical.history import filled, usable
from models.sales.recipes.statistical.library import RECIPES
from models.sales.recipes.statistical.model import StatisticalModel, load_statistical
from models.sales.settings import SalesSettings
from nightcast.errors import InputError
from tests.models.sales.shop import panel_of, rhythm

QUICK = [recipe for recipe in RECIPES if recipe != "auto_arima"]
HOUSE = Path(__file__).parents[3]
elements = st.one_of(st.just(math.nan), st.floats(-1e6, 1e6))


def model_of(recipe: str, horizon: int = 7, season: int = 7) -> StatisticalModel:
    return StatisticalModel(recipe, horizon, season, "D")


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
    found: list[float] = []
    for place, value in enumerate(row):
        same = [other for other in known if (other - place) % season == 0]
        before, after = [other for other in same if other < place], [other for other in same if other > place]
        if math.isnan(value) and known and place > known[0]:
            value = row[before[-1]] if before else row[after[0]] if after else found[-1]
        found.append(value)
    return found


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_series_is_forecast_as_by_the_library_itself(recipe: str) -> None:
    values = rare(1, 90) if recipe in library.RATES else rhythm(1, 60)
    level = 2.0 ** math.floor(math.log2(values.mean()))
    mean, quantiles = model_of(recipe).predict(panel_of(values))
    if recipe in library.RATES:
        found = direct(recipe).forecast(values[0] / level, 7, fitted=True)
        spread = np.nanquantile(values[0] / level - found["fitted"], QUANTILES)
        expected = np.sort(found["mean"][:, None] + spread, axis=1)
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = direct(recipe).forecast(values[0] / level, 7, level=[80, 95])
        expected = np.stack([found[name] for name in ("lo-95", "lo-80", "mean", "hi-80", "hi-95")], axis=1)
    np.testing.assert_allclose(mean[0], np.maximum(found["mean"], 0) * level, rtol=1e-9)
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
    found, expected = (model_of("auto_ets").predict(panel_of(each)) for each in (gap, values))
    assert model_of("auto_ets").covers(panel_of(gap)).all()
    # The filled values are no part of the level.
    np.testing.assert_allclose(found[0], expected[0], rtol=0.02)


def test_periods_before_the_first_known_value_are_no_history() -> None:
    values = rhythm(2, 80)
    values[0, :30] = math.nan
    found = model_of("theta").predict(panel_of(values))
    alone = model_of("theta").predict(panel_of(values[:1, 30:]))
    for one, other in zip(found, alone, strict=True):
        np.testing.assert_array_equal(one[:1], other)


@pytest.mark.parametrize("recipe", QUICK)
def test_what_a_model_cannot_fit_is_left_to_seasonal_naive(recipe: str) -> None:
    values = rhythm(6, 40)
    values[0, :-5] = math.nan
    values[1] = 3.0
    values[2] = 0.0
    values[3] = math.nan
    values[4, 5:] = math.nan
    panel, model = panel_of(values), model_of(recipe)
    assert model.covers(panel).tolist() == [False] * 5 + [True]
    mean, quantiles = model.predict(panel)
    expected = SeasonalNaive(7, 7, "D").predict(panel)
    np.testing.assert_array_equal(mean[:5], expected[0][:5])
    np.testing.assert_array_equal(quantiles[:5], expected[1][:5])
    assert not np.array_equal(mean[5], expected[0][5])


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
    mean, quantiles = model_of(recipe).predict(panel_of(values))
    assert np.isfinite(mean).all()
    assert np.isfinite(quantiles).all()
    assert (np.diff(quantiles, axis=2) >= 0).all()


@pytest.mark.parametrize("recipe", QUICK)
def test_a_series_is_forecast_alone_as_in_company(recipe: str) -> None:
    values = rhythm(5, 60)
    together = model_of(recipe).predict(panel_of(values))
    alone = model_of(recipe).predict(panel_of(values[2:3]))
    again = model_of(recipe).predict(panel_of(values))
    for one, other, third in zip(together, alone, again, strict=True):
        np.testing.assert_array_equal(one[2:3], other)
        np.testing.assert_array_equal(one, third)


def test_other_processes_come_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "FEWEST_FOR_WORKERS", 1)
    panel = panel_of(rhythm(7, 60))
    expected = model_of("theta").forecast(panel, workers=1)
    for number in (2, 3):
        found = model_of("theta").forecast(panel, workers=number)
        np.testing.assert_array_equal(found.mean, expected.mean)
        np.testing.assert_array_equal(found.quantiles, expected.quantiles)
        assert not found.failed.any()


@pytest.mark.parametrize("recipe", QUICK)
@pytest.mark.parametrize("scale", [2.0**-990, 2.0**990])
def test_a_scale_makes_no_difference(recipe: str, scale: float) -> None:
    values = rhythm(2, 60)
    expected = model_of(recipe).predict(panel_of(values))
    found = model_of(recipe).predict(panel_of(values * scale))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one / scale, other)


@pytest.mark.parametrize("recipe", QUICK)
def test_the_largest_values_overflow_nowhere(recipe: str) -> None:
    values = np.random.default_rng(3).uniform(-1, 1, (2, 60)) * 1.7e308
    values[1] = np.abs(values[1])
    mean, quantiles = model_of(recipe).predict(panel_of(values))
    assert np.isfinite(mean).all()
    assert np.isfinite(quantiles).all()


@pytest.mark.parametrize("recipe", QUICK)
def test_the_last_observation_counts(recipe: str) -> None:
    values = rare(1, 60) + 1.0
    changed = values.copy()
    changed[0, -1] *= 3
    found, expected = (model_of(recipe).predict(panel_of(each))[0] for each in (changed, values))
    assert not np.array_equal(found, expected)


def test_floors_hold_where_a_series_was_never_negative() -> None:
    values = np.random.default_rng(2).normal(0, 5, (2, 60))
    values[0] = np.abs(values[0])
    _, quantiles = model_of("auto_ets").predict(panel_of(values))
    assert quantiles[0].min() >= 0.0
    assert quantiles[1].min() < 0.0


def test_returns_are_no_matter_of_demand_or_none() -> None:
    values = rare(2, 60)
    values[1, 30] = -2.0
    covered = {recipe: model_of(recipe).covers(panel_of(values)).tolist() for recipe in RECIPES}
    assert covered["croston"] == covered["tsb"] == [True, False]
    assert covered["adida"] == covered["auto_ets"] == [True, True]


@pytest.mark.parametrize("recipe", library.RATES)
def test_a_rate_is_one_of_open_days(recipe: str) -> None:
    values = np.random.default_rng(5).uniform(9, 11, (3, 70))
    values[:, np.arange(70) % 7 == 6] = math.nan
    panel = panel_of(values, missing="auto")
    assert panel.closed.tolist() == [False] * 6 + [True]
    mean, quantiles = model_of(recipe, 14).predict(panel)
    closed = panel.closed_steps(14)
    assert (mean[:, closed] == 0).all()
    assert (quantiles[:, closed] == 0).all()
    np.testing.assert_allclose(mean[:, ~closed], 10, atol=1)


@pytest.mark.parametrize("recipe", library.RATES)
def test_bands_of_a_rate_cover_what_they_say(recipe: str) -> None:
    values = rare(60, 240)
    settings = SalesSettings(horizon=14)
    _, quantiles = model_of(recipe, 14).predict(panel_of(values[:, :-14], settings=settings))
    actual = values[:, -14:]
    assert np.mean((actual >= quantiles[:, :, 0]) & (actual <= quantiles[:, :, 4])) > 0.91
    assert np.mean(actual <= quantiles[:, :, 3]) == pytest.approx(0.9, abs=0.04)


def test_only_the_wanted_part_is_fitted() -> None:
    panel = panel_of(rhythm(4, 60))
    mean, quantiles = model_of("theta").predict(panel, np.array([1, 3]))
    all_mean, all_quantiles = model_of("theta").predict(panel)
    naive_mean, naive_quantiles = SeasonalNaive(7, 7, "D").predict(panel)
    np.testing.assert_array_equal(mean[[1, 3]], all_mean[[1, 3]])
    np.testing.assert_array_equal(quantiles[[1, 3]], all_quantiles[[1, 3]])
    np.testing.assert_array_equal(mean[[0, 2]], naive_mean[[0, 2]])
    np.testing.assert_array_equal(quantiles[[0, 2]], naive_quantiles[[0, 2]])


class Failing:
    """Warns of everything, fails on the series that falls, and runs away with the one that rises."""

    def forecast(self, y: Floats, h: int, level: list[int]) -> dict[str, Floats]:
        warnings.warn("converges badly", UserWarning, stacklevel=1)
        if y[-1] < y[0]:
            raise ValueError("no model able to be fitted")
        far = 1e9 if y[-1] > y[0] else 1.0
        return {name: np.full(h, far) for name in ("lo-95", "lo-80", "mean", "hi-80", "hi-95")}


def test_seasonal_naive_stands_in_where_the_library_fails(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(library, "make", lambda recipe, season: Failing())
    values = rhythm(3, 60)
    values[:, 0] = values[:, -1] * [2, 0.5, 1]
    panel = panel_of(values)
    found = model_of("theta").forecast(panel)
    assert found.failed.tolist() == [True, True, False]
    np.testing.assert_array_equal(found.mean[:2], SeasonalNaive(7, 7, "D").predict(panel)[0][:2])
    with caplog.at_level(logging.WARNING, "nightcast"):
        model_of("theta").predict(panel)
    assert "theta failed on 2 series" in caplog.text


def test_a_long_season_is_taken_out() -> None:
    generator = np.random.default_rng(6)
    year = 10 + 5 * np.sin(np.arange(52) / 52 * 2 * np.pi)
    values = np.tile(year, 4)[None] * generator.uniform(0.95, 1.05, (1, 208))
    settings = SalesSettings(horizon=26, season=52)
    mean, _ = model_of("auto_ets", 26, 52).predict(panel_of(values, settings=settings))
    np.testing.assert_allclose(mean[0], year[:26], rtol=0.15)


def test_the_artifact_is_a_description(tmp_path: Path) -> None:
    model = StatisticalModel("tsb", 5, 12, "MS")
    model.save(tmp_path / "model")
    assert len(list((tmp_path / "model").iterdir())) == 1
    description: dict[str, Any] = {"recipe": "tsb", "horizon": 5, "season": 12, "frequency": "MS"}
    assert load_statistical(tmp_path, description) == model
    for damage in ({"recipe": "other"}, {"horizon": 0}, {"season": "x"}):
        with pytest.raises(InputError):
            load_statistical(tmp_path, description | damage)
    del description["season"]
    with pytest.raises(InputError):
        load_statistical(tmp_path, description)


def python(script: str) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(HOUSE)}
    return subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, text=True)


def test_the_library_is_imported_late() -> None:
    script = "import models.sales.statistical, sys; print('statsforecast' in sys.modules, 'joblib' in sys.modules)"
    assert python(script).communicate()[0].split() == ["False", "False"]


ENDLESS = """
import numpy as np
from models.sales.recipes.statistical.workers import forecast_parallel
values = np.random.default_rng(1).uniform(1, 2, (40_000, 60))
print("begin", flush=True)
forecast_parallel("theta", values, np.arange(len(values)), 7, 7, workers=2)
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
