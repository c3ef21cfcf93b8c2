from __future__ import annotations

import math

import numpy as np
import pytest

from models.common.arrays import Floats
from models.sales.recipes.smoothing import states
from models.sales.recipes.smoothing.season import Season
from models.sales.recipes.smoothing.states import Grid, ahead, akaike_weights, growth, smooth

TRENDS = ((0.0, 0.0), (0.2, 0.9))
GRID = Grid.of(np.array([0.1, 0.6]), TRENDS, np.array([0.0, 0.3]))


def slowly(values: Floats, index: Floats, alpha: float, beta: float, damping: float, gamma: float) -> Floats:
    """One series and one combination, step by step: the forecasts of nine steps, and the mean squared error."""
    season, level, trend, errors = list(index), float(np.nanmean(values[:4] - index)), 0.0, []
    seen = 0
    for column, value in enumerate(values):
        expected, place = level + damping * trend, column % len(season)
        error = 0.0 if math.isnan(value) else value - expected - season[place]
        level, trend = expected + alpha * error, damping * trend + alpha * beta * error
        season[place] += gamma * (1 - alpha) * error
        if not math.isnan(value):
            seen += 1
            errors += [error] if seen > 2 else []
    forecasts = [
        level
        + sum(damping**power for power in range(1, step + 1)) * trend
        + season[(len(values) + step - 1) % len(season)]
        for step in range(1, 10)
    ]
    return np.array([*forecasts, np.mean(np.square(errors))])


def test_states_are_those_of_one_series_after_the_other() -> None:
    generator = np.random.default_rng(1)
    values = 5 + generator.normal(size=(3, 22)).cumsum(axis=1)
    values[1, [4, 9, 21]] = math.nan
    index = generator.normal(size=(3, 4))
    smoothed = smooth(values, index, GRID)
    forecasts = ahead(GRID, smoothed, 9)
    for series in range(3):
        for place in range(len(GRID.alpha)):
            one = [float(part[place]) for part in (GRID.alpha, GRID.beta, GRID.damping, GRID.gamma)]
            expected = slowly(values[series], index[series], *one)
            np.testing.assert_allclose(forecasts[series, :, place], expected[:-1], rtol=1e-9)
            np.testing.assert_allclose(smoothed.variance[series, place], expected[-1], rtol=1e-6)
    assert smoothed.count.tolist() == [20.0, 17.0, 20.0]


def test_states_do_not_depend_on_the_parts_in_which_they_are_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(2)
    values, index, largest = generator.normal(size=(7, 30)), generator.normal(size=(7, 4)), np.linspace(0.5, 3, 7)
    values[3, :9] = math.nan
    at_once = smooth(values, index, GRID, largest)
    monkeypatch.setattr(states, "AT_ONCE", 3)
    for name, array in vars(smooth(values, index, GRID, largest)).items():
        np.testing.assert_array_equal(array, getattr(at_once, name))


def test_large_errors_change_no_state_much() -> None:
    values = np.full((1, 40), 3.0)
    values[0, -1] = 1_000.0
    level = Grid.of(np.array([0.5]), TRENDS[:1], np.array([0.0]))
    free, cut = (ahead(level, smooth(values, np.zeros((1, 1)), level, bound), 1) for bound in (None, np.array([2.0])))
    assert free.item() > 400
    assert cut.item() == 4.0


def test_the_variance_grows_as_simulated_paths_do() -> None:
    generator = np.random.default_rng(2)
    grid = Grid.of(np.array([0.4]), ((0.2, 0.9),), np.array([0.3]))
    (alpha, beta, damping, gamma), paths = (0.4, 0.2, 0.9, 0.3), 40_000
    level, trend, season, values = np.zeros(paths), np.zeros(paths), np.zeros((paths, 4)), []
    for step in range(9):
        error = generator.normal(size=paths)
        expected = level + damping * trend
        values.append(expected + season[:, step % 4] + error)
        level, trend = expected + alpha * error, damping * trend + alpha * beta * error
        season[:, step % 4] += gamma * (1 - alpha) * error
    np.testing.assert_allclose(growth(grid, 4, 9)[:, 0], np.var(values, axis=1), rtol=0.04)


def test_weights_go_to_what_forecasts_better_and_to_fewer_parameters_on_a_tie() -> None:
    generator = np.random.default_rng(3)
    walk = generator.normal(size=(1, 200)).cumsum(axis=1)
    weight = akaike_weights(smooth(walk, np.zeros((1, 1)), GRID), GRID)[0]
    assert weight.sum() == 1.0
    assert weight[GRID.alpha == 0.6].sum() > 0.99
    noise = generator.normal(size=(1, 200))
    weight = akaike_weights(smooth(noise, np.zeros((1, 1)), GRID), GRID)[0]
    assert weight[(GRID.alpha == 0.1) & (GRID.damping == 0)].sum() > 0.6


def test_a_season_is_each_ones_own_where_it_shows_and_else_that_of_all() -> None:
    generator = np.random.default_rng(4)
    pattern = np.array([3.0, -1.0, 0.5, -2.5])
    own = np.tile(pattern, 30)[None] + generator.normal(0, 0.3, (1, 120))
    np.testing.assert_allclose(Season.of(own, 4).index[0], pattern, atol=0.25)
    noise = generator.normal(size=(1, 120))
    assert np.abs(Season.of(noise, 4).index).max() < 0.25
    short = np.full((40, 24), math.nan)
    short[:, -5:] = np.tile(pattern, 6)[-5:] + generator.normal(0, 0.5, (40, 5))
    short[:39] = np.tile(pattern, 6) + generator.normal(0, 0.5, (39, 24))
    np.testing.assert_allclose(Season.of(short, 4).index[39], pattern, atol=0.6)
