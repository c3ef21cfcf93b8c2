from __future__ import annotations

import itertools
import math
import statistics
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.common.arrays import Floats
from models.common.description import write_description
from models.common.recipe import Training
from models.sales.data.calendar import Calendar
from models.sales.data.lengths import Lengths
from models.sales.features.inputs import LATEST, candidates
from models.sales.features.scaling import curve, levels, ratios, uncurve
from models.sales.gate.select import select
from models.sales.recipes.ensemble import EnsembleModel
from models.sales.recipes.lstm_local import bands as local_bands
from models.sales.recipes.lstm_local import windows as local_windows
from models.sales.recipes.lstm_local.bands import forecasts
from models.sales.recipes.lstm_local.model import LocalLstm
from models.sales.recipes.lstm_local.windows import WINDOWS, LocalWindows, origins_of, steps_of, windows_of
from models.sales.recipes.model import MEDIAN, QUANTILES, forecast_of
from models.sales.recipes.registry import RECIPES, load_model
from models.sales.recipes.seasonal_naive import SeasonalNaive
from nightcast.errors import InputError
from tests.models.sales.shop import SMALL, panel_of, rhythm, settings_with

LENGTHS = panel_of(rhythm(1, 60)).lengths


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LocalLstm, "at_once", 4)


def model(seed: int = 1) -> LocalLstm:
    return LocalLstm(LENGTHS, Calendar("D"), seed)


def origins_slowly(row: list[float], lengths: Lengths) -> list[int]:
    """Every origin that may be learned from, the newest first."""
    known = [place for place, value in enumerate(row) if not math.isnan(value)]
    newest = known[-1] + 1 - math.ceil(lengths.horizon / 4)
    return [
        origin
        for origin in range(newest, 0, -1)
        if sum(place < origin for place in known) >= lengths.minimum_observations
    ]


@given(arrays(np.float64, (3, 70), elements=st.sampled_from([1.0, 2.0, math.nan])))
def test_few_windows_are_all_taken(values: Floats) -> None:
    values[:, 5] = 1.0
    origins = origins_of(values, LENGTHS)
    assert (origins[:, 0] == 70).all()
    for row, ours in zip(values.tolist(), origins[:, 1:].tolist(), strict=True):
        expected = origins_slowly(row, LENGTHS)
        assert ours == expected + [-1] * (WINDOWS - 1 - len(expected))


def test_many_windows_are_spread_over_the_whole_series() -> None:
    values = rhythm(2, 700)
    values[1, 650:] = math.nan
    for row, ours in zip(values.tolist(), origins_of(values, LENGTHS)[:, 1:].tolist(), strict=True):
        possible = origins_slowly(row, LENGTHS)
        assert ours[0] == possible[0]
        assert set(ours) <= set(possible)
        steps = [later - earlier for later, earlier in itertools.pairwise(ours)]
        assert max(steps) - min(steps) <= 1
        assert ours[-1] - possible[-1] < max(steps)


def test_a_window_holds_what_was_known_and_what_came() -> None:
    values = rhythm(1, 90)
    values[0, 60:64] = math.nan
    windows, origin = windows_of(values, LENGTHS, 1_000), origins_of(values, LENGTHS)[0]
    steps = steps_of(LENGTHS)
    assert steps == 7
    for window in (0, 1, 20, 40):
        first = int(origin[window])
        padded = np.concatenate([np.full((1, LENGTHS.reach), math.nan), values], axis=1)
        history = padded[:, first : first + LENGTHS.reach]
        level = levels(history, LENGTHS.look_back)
        assert windows.level[0, window] == level[0]
        came = np.concatenate([values[0], np.full(7, math.nan)])[first : first + 7]
        np.testing.assert_array_equal(windows.target[0, window], curve(ratios(came[None], level))[0])
        curved = curve(ratios(history, level))[0]
        for step in range(steps):
            value, before = curved[step - steps], curved[step - steps - 7]
            angle = 2 * math.pi * ((1_000 + first - steps + step) % 7) / 7
            known = [] if math.isnan(value) else [value]
            change = 0.0 if math.isnan(value - before) else value - before
            expected = [known[0] if known else 0.0, len(known), change, math.sin(angle), math.cos(angle)]
            np.testing.assert_allclose(windows.inputs[0, window, step], expected, atol=1e-6)


def test_the_start_leans_on_what_was_near_in_the_series_own_past() -> None:
    generator = np.random.default_rng(3)
    values = np.exp(np.stack([np.cumsum(generator.normal(0, 0.2, 150)), generator.normal(0, 0.2, 150)]))
    windows = windows_of(values, LENGTHS, 0)
    known = ~np.isnan(windows.target)
    for series in range(2):
        first = origins_of(values, LENGTHS)[series]
        padded = np.concatenate([np.full(LENGTHS.reach, math.nan), values[series]])
        tables = []
        for origin in first[first >= 0]:
            history = padded[None, origin : origin + LENGTHS.reach]
            table = candidates(ratios(history, levels(history, LENGTHS.look_back)), LENGTHS)[0]
            median = [statistics.median(step[:LATEST]) for step in table.tolist()]
            tables.append(np.column_stack([table[:, 0], table[:, LATEST:], median]))
        table = np.array(tables)
        came, seen = windows.target[series, : len(table)], known[series, : len(table)]
        error = np.array([np.abs(table[..., column] - came)[seen].mean() for column in range(table.shape[2])])
        share = (error + local_windows.SMALLEST_ERROR) ** -local_windows.SHARPNESS
        np.testing.assert_allclose(windows.start[series, : len(table)], table @ (share / share.sum()), rtol=1e-6)


def test_bands_are_past_errors_around_the_median() -> None:
    generator = np.random.default_rng(2)
    fitted = generator.normal(0, 0.1, (1, 400, 7))
    target = fitted + np.where(np.arange(7) < 2, 0.1, 0.4) * generator.normal(size=(1, 400, 7))
    target[:, 0] = math.nan
    windows = LocalWindows(
        np.zeros((1, 400, 7, 5), np.float32), fitted, target, np.full((1, 400), 20.0), np.full(1, 0.2)
    )
    mean, quantiles = forecasts(windows, fitted, LENGTHS)
    np.testing.assert_allclose(quantiles[0, :, MEDIAN], 20 * uncurve(fitted[0, 0]))
    np.testing.assert_allclose(
        mean[0, :2], quantiles[0, :2, MEDIAN] + 20 * (uncurve(target) - uncurve(fitted))[0, 1:, :2].mean(), rtol=0.01
    )
    distance = curve(quantiles[0] / 20) - fitted[0, 0, :, None]
    normal = np.array([statistics.NormalDist().inv_cdf(level) for level in QUANTILES])
    np.testing.assert_allclose(distance[:2], np.tile(0.1 * normal, (2, 1)), atol=0.05)
    np.testing.assert_allclose(distance[2:], np.tile(0.4 * normal, (5, 1)), atol=0.12)


def test_without_past_errors_bands_are_as_wide_as_the_spread() -> None:
    fitted, nothing = np.zeros((1, 3, 7)), np.full((1, 3, 7), math.nan)
    windows = LocalWindows(np.zeros((1, 3, 7, 5), np.float32), fitted, nothing, np.full((1, 3), 2.0), np.array([0.4]))
    mean, quantiles = forecasts(windows, fitted, LENGTHS)
    np.testing.assert_allclose(mean, 2.0)
    np.testing.assert_allclose(curve(quantiles / 2.0), np.tile(0.4 * local_bands.USUAL, (1, 7, 1)), atol=1e-9)


def test_a_series_of_its_own_rule_is_learned() -> None:
    """The next week is this one turned over: no candidate says so, and half of what is learned is believed."""
    generator = np.random.default_rng(5)
    week = generator.uniform(0.7, 1.3, (4, 7))
    turned = 2 - week
    values = np.concatenate([np.concatenate([week, turned], axis=1)] * 20, axis=1) * generator.uniform(
        0.97, 1.03, (4, 280)
    )
    windows = windows_of(values, LENGTHS, 0)
    corrections = model()._corrections(windows)
    known = ~np.isnan(windows.target)
    before = np.abs(windows.start - windows.target)[known].mean()
    after = np.abs(windows.start + corrections - windows.target)[known].mean()
    assert after < 0.6 * before


def test_it_beats_seasonal_naive_on_noisy_weeks() -> None:
    values = rhythm(8, 250)
    panel, came = panel_of(values[:, :-7]), values[:, -7:]
    level = values.mean(axis=1, keepdims=True)
    ours, naive = (
        np.abs((forecast_of(each, panel).quantiles[:, :, 2] - came) / level).mean()
        for each in (model(), SeasonalNaive(7, 7, "D"))
    )
    assert ours < 0.85 * naive


def test_order_and_company_make_no_difference() -> None:
    values = rhythm(6, 90)
    forecast = forecast_of(model(), panel_of(values))
    assert np.isfinite(forecast.mean).all()
    assert (np.diff(forecast.quantiles, axis=2) >= 0).all()
    for chosen in ([3], [5, 0, 2], [0, 1, 2, 3, 4, 5]):
        again = forecast_of(model(), panel_of(values[chosen]))
        np.testing.assert_allclose(again.mean, forecast.mean[chosen], rtol=1e-6)
        np.testing.assert_allclose(again.quantiles, forecast.quantiles[chosen], rtol=1e-6)
    repeated, other = (forecast_of(model(seed), panel_of(values)) for seed in (1, 2))
    np.testing.assert_array_equal(repeated.mean, forecast.mean)
    np.testing.assert_array_equal(repeated.quantiles, forecast.quantiles)
    assert (other.mean != forecast.mean).any(axis=1).all()


def test_the_last_observation_counts() -> None:
    values = rhythm(3, 90)
    changed = values.copy()
    changed[:, -1] *= 2
    forecast, other = (forecast_of(model(), panel_of(each)).mean for each in (values, changed))
    assert (forecast != other).any(axis=1).all()


@pytest.mark.parametrize("scale", [2.0**-40, 2.0**33])
def test_a_scale_makes_no_difference(scale: float) -> None:
    values = rhythm(2, 90)
    forecast, other = (forecast_of(model(), panel_of(each)) for each in (values * scale, values))
    np.testing.assert_array_equal(forecast.mean / scale, other.mean)
    np.testing.assert_array_equal(forecast.quantiles / scale, other.quantiles)


def test_what_it_cannot_learn_is_left_to_seasonal_naive() -> None:
    values = rhythm(6, 120)
    values[0, : -(LENGTHS.minimum_observations - 1)] = math.nan
    values[1, -LENGTHS.look_back :] = math.nan
    values[2] = math.nan
    panel = panel_of(values)
    ours, naive = forecast_of(model(), panel), forecast_of(SeasonalNaive(7, 7, "D"), panel)
    assert ours.covered.tolist() == [False] * 3 + [True] * 3
    np.testing.assert_array_equal(ours.mean[:3], naive.mean[:3])
    np.testing.assert_array_equal(ours.quantiles[:3], naive.quantiles[:3])
    assert not np.array_equal(ours.mean[3], naive.mean[3])


@settings(max_examples=20, deadline=None)
@given(arrays(np.float64, (3, 45), elements=st.one_of(st.sampled_from([math.nan, 0.0, 1e15]), st.floats(-9, 9))))
def test_odd_series_get_finite_forecasts_in_order(values: Floats) -> None:
    values[:, :28], values[:, -1] = np.nan_to_num(values[:, :28]), 0.0
    forecast = forecast_of(model(), panel_of(values))
    quantiles = forecast.quantiles
    assert np.isfinite(forecast.mean).all()
    assert np.isfinite(quantiles).all()
    assert (np.diff(quantiles, axis=2) >= 0).all()
    floored = ~(values < 0).any(axis=1)
    assert (quantiles[floored] >= 0).all()


@pytest.mark.parametrize(("season", "look_back", "expected"), [(7, 63, 7), (52, 52, 8), (1, 10, 4), (4, 3, 3)])
def test_a_season_is_read_that_is_neither_short_nor_long(season: int, look_back: int, expected: int) -> None:
    assert steps_of(replace(LENGTHS, season=season, look_back=look_back)) == expected


def test_the_gate_tries_it_beside_the_others(tmp_path: Path) -> None:
    panel = panel_of(rhythm(6, 120))
    chosen = select(panel, settings_with(recipes=("lstm_local",)), 3)
    assert isinstance(chosen.model, EnsembleModel)
    assert "lstm_local" in chosen.model.counting
    assert chosen.evaluations[0].value < chosen.evaluations[0].baseline_value
    chosen.model.save(tmp_path)
    ours, theirs = forecast_of(load_model(tmp_path), panel), forecast_of(chosen.model, panel)
    np.testing.assert_array_equal(ours.mean, theirs.mean)
    np.testing.assert_array_equal(ours.quantiles, theirs.quantiles)


def test_the_artifact_is_a_description(tmp_path: Path) -> None:
    panel = panel_of(rhythm(2, 60))
    made = RECIPES["lstm_local"].fit(panel, Training(SMALL, 9))
    assert made == LocalLstm(panel.lengths, Calendar("D"), 9)
    made.save(tmp_path / "model")
    assert len(list((tmp_path / "model").iterdir())) == 1
    assert load_model(tmp_path / "model") == made


@pytest.mark.parametrize("damage", [{"seed": -1}, {"seed": "x"}, {"lengths": []}, {"lengths": {"horizon": 0}}])
def test_a_damaged_description_is_refused(tmp_path: Path, damage: dict[str, Any]) -> None:
    write_description(tmp_path, "lstm_local", {"frequency": "D", "seed": 9, "lengths": vars(LENGTHS)} | damage)
    with pytest.raises(InputError):
        load_model(tmp_path)
