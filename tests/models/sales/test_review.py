from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.common.arrays import Floats
from models.sales.data.panel import SalesPanel
from models.sales.forecast import forecast
from models.sales.recipes.model import MEDIAN, QUANTILES
from models.sales.recipes.seasonal_naive import SeasonalNaive
from models.sales.review import SERIES_METRICS, beside_outcome, figures_of, series_scores
from nightcast.values import Evaluation
from tests.models.sales.reference import seasonal_naive
from tests.models.sales.shop import START, panel_of, rhythm, settings_with

HISTORY = 40


def guess(series: int, horizon: int, seed: int) -> tuple[Floats, Floats]:
    generator = np.random.default_rng(seed)
    quantiles = np.sort(generator.uniform(0, 100, (series, horizon, len(QUANTILES))), axis=2)
    return quantiles.mean(axis=2), quantiles


def scored(panel: SalesPanel, mean: Floats, quantiles: Floats, at: int = HISTORY) -> dict[str, Evaluation]:
    figures = figures_of(beside_outcome(panel, panel.first_ordinal + at, mean, quantiles), ["all"])
    return {one.metric: one for one in figures}


@settings(deadline=None)
@given(st.integers(1, 6), st.integers(1, 20), st.integers(0, 20), st.integers(0, 10**6))
def test_scores_are_the_slow_ones(series: int, horizon: int, more: int, seed: int) -> None:
    values = np.round(rhythm(series, HISTORY + horizon + more, seed), 2)
    values[np.random.default_rng(seed).random(values.shape) < 0.2] = math.nan
    values[:, 0] = values[:, -1] = 1.0
    mean, quantiles = guess(series, horizon, seed)
    figures = scored(panel_of(values), mean, quantiles)
    beside = [seasonal_naive(row[:HISTORY].tolist(), 7, horizon) for row in values]
    ours, theirs, sales, inside = 0.0, 0.0, 0.0, []
    for number in range(series):
        for step in range(horizon):
            actual = values[number, HISTORY + step]
            if math.isnan(actual):
                continue
            ours += abs(actual - quantiles[number, step, MEDIAN])
            theirs += abs(actual - beside[number][step])
            sales += actual
            inside.append(quantiles[number, step, 1] <= actual <= quantiles[number, step, -2])
    assert figures["series"].value == np.count_nonzero(~np.isnan(values[:, HISTORY : HISTORY + horizon]).all(axis=1))
    if sales:
        assert figures["wape"].value == pytest.approx(ours / sales)
        assert figures["wape"].baseline_value == pytest.approx(theirs / sales)
        assert figures["coverage_80"].value == pytest.approx(np.mean(inside))
        assert {(one.day, one.segment, one.baseline) for one in figures.values()} == {
            (START + HISTORY, "all", "seasonal_naive")
        }


def test_seasonal_naive_scores_as_its_own_baseline() -> None:
    values = rhythm(5, HISTORY + 14, 2)
    values[3, 5:] = math.nan  # ended, so that it was published as zeros
    options = settings_with(dead_after=20)
    panel = panel_of(values, settings=options, missing="zero")
    known = panel.before(panel.first_ordinal + HISTORY)
    known = replace(known, lengths=replace(known.lengths, horizon=9))
    published = forecast(SeasonalNaive(9, 7, "D"), known)
    assert published.model[3] == "dead"
    figures = scored(panel, published.mean, published.quantiles)
    assert len(figures) > 5
    assert all(one.value == one.baseline_value for name, one in figures.items() if name != "series")


def test_series_that_the_forecast_or_the_panel_does_not_know_are_left_out() -> None:
    values = rhythm(4, HISTORY + 7, 5)
    mean, quantiles = guess(4, 7, 5)
    everything = scored(panel_of(values), mean, quantiles)
    mean[1], quantiles[1] = math.nan, math.nan
    values[2, :HISTORY] = math.nan  # began afterwards
    figures = scored(panel_of(values), mean, quantiles)
    assert (everything["series"].value, figures["series"].value) == (4, 2)
    pair = np.array([0, 3])
    alone = scored(panel_of(values[pair]), mean[pair], quantiles[pair])
    assert figures["wape"].value == pytest.approx(alone["wape"].value)


def test_without_a_forecast_there_is_nothing_but_the_count() -> None:
    nothing = np.full((2, 0), math.nan), np.full((2, 0, len(QUANTILES)), math.nan)
    (only,) = figures_of(beside_outcome(panel_of(rhythm(2, 50)), START + HISTORY, *nothing), ["all"])
    assert (only.metric, only.value) == ("series", 0)


def test_a_forecast_from_before_what_is_kept_of_the_history_scores_what_can_be_seen() -> None:
    panel = panel_of(rhythm(2, 60), history=20)
    mean, quantiles = guess(2, 30, 1)
    figures = scored(panel, mean, quantiles, at=-15)  # the baseline knows nothing then
    assert figures["series"].value == 0
    assert set(figures) == {"series"}


def test_scores_of_single_series_are_the_slow_ones() -> None:
    values = np.round(rhythm(4, HISTORY + 9, 6), 2)
    values[np.random.default_rng(6).random(values.shape) < 0.2] = math.nan
    values[3, HISTORY:] = math.nan
    mean, quantiles = guess(4, 9, 6)
    reviewed = beside_outcome(panel_of(values), START + HISTORY, mean, quantiles)
    scores = dict(zip(SERIES_METRICS, series_scores(reviewed.ours).T, strict=True))
    for number in range(3):
        steps = [step for step in range(9) if not math.isnan(values[number, HISTORY + step])]
        actual = [values[number, HISTORY + step] for step in steps]
        pairs = list(zip(actual, steps, strict=True))
        error = np.mean([abs(value - quantiles[number, step, MEDIAN]) for value, step in pairs])
        assert scores["mae"][number] == pytest.approx(error)
        assert scores["mase"][number] == pytest.approx(error / reviewed.ours.scale[number])
        assert scores["bias"][number] == pytest.approx(np.mean([mean[number, step] - value for value, step in pairs]))
        inside = [quantiles[number, step, 1] <= value <= quantiles[number, step, -2] for value, step in pairs]
        assert scores["coverage_80"][number] == pytest.approx(np.mean(inside))
    assert all(math.isnan(column[3]) for column in scores.values())


def test_a_series_without_a_scale_has_the_other_scores() -> None:
    values = np.full((1, HISTORY + 7), 5.0)
    mean, quantiles = guess(1, 7, 3)
    reviewed = beside_outcome(panel_of(values), START + HISTORY, mean, quantiles)
    (scores,) = series_scores(reviewed.ours)
    assert [math.isnan(score) for score in scores] == [False, True, False, False]
