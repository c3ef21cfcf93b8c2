from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest

from models.sales.data.panel import SalesPanel
from models.sales.forecast import forecast
from models.sales.recipes.ensemble import SEGMENTS, EnsembleModel, Mixture
from models.sales.recipes.model import Forecast, SalesModel, finish
from models.sales.recipes.seasonal_naive import SeasonalNaive
from models.sales.recipes.smoothing.model import SmoothingModel
from models.sales.settings import SalesSettings
from nightcast.errors import InputError
from tests.models.sales.reference import text
from tests.models.sales.shop import START, Constant, panel_of, rhythm, rows_of

BASELINE = SeasonalNaive(7, 7, "D")


def test_every_series_gets_its_steps_and_says_how() -> None:
    values = rhythm(4, 120)
    values[1, 20:] = math.nan  # ended
    values[2, :-2] = math.nan  # new
    panel = panel_of(np.vstack([values, np.full((1, 120), math.nan)]))
    forecasts = forecast(Constant(1.0), panel)
    assert forecasts.status.tolist() == ["forecast", "fallback", "fallback", "forecast", "skipped"]
    assert forecasts.model.tolist() == ["lstm", "dead", "seasonal_naive", "lstm", ""]
    assert forecasts.reason.tolist() == [
        "",
        "no row for 100 periods while other series went on",
        "2 known values, lstm needs 28",
        "",
        "no known value before the as-of",
    ]
    assert np.isfinite(forecasts.mean[:4]).all()
    assert (forecasts.mean[1] == 0).all()
    assert (forecasts.quantiles[1] == 0).all()
    assert np.isnan(forecasts.mean[4]).all()
    assert forecasts.observations.tolist() == [120, 20, 2, 120, 0]
    assert [text(int(number)) for number in forecasts.last_day[:2]] == ["2024-04-29", "2024-01-20"]
    assert forecasts.last_day[4] == -1
    assert forecasts.period_day.tolist() == [START + 120 + step for step in range(7)]
    assert forecasts.period_day.dtype == np.int32


def test_the_baseline_serves_as_a_forecast_where_a_season_is_known() -> None:
    values = rhythm(2, 40)
    values[1, :-5] = math.nan
    forecasts = forecast(BASELINE, panel_of(values))
    assert forecasts.status.tolist() == ["forecast", "fallback"]
    assert forecasts.model.tolist() == ["seasonal_naive", "seasonal_naive"]
    assert forecasts.reason.tolist() == ["", "less than a season of 7 periods is known"]
    np.testing.assert_array_equal(forecasts.mean[0], values[0, -7:])


def test_when_the_whole_source_ended_no_series_is_dead() -> None:
    values = rhythm(2, 60)
    values[1, -60:-3] = math.nan
    forecasts = forecast(BASELINE, panel_of(values, late=400))
    assert "dead" not in forecasts.model
    assert np.isfinite(forecasts.mean).all()
    assert forecasts.period_day[0] == START + 460


def test_the_length_of_silence_decides_who_is_dead() -> None:
    values = rhythm(2, 60)
    values[1, 50:] = math.nan
    for dead_after, model in ((10, "dead"), (11, "seasonal_naive")):
        panel = panel_of(values, settings=SalesSettings(horizon=7, dead_after=dead_after))
        assert forecast(BASELINE, panel).model[1] == model


def test_closed_weekdays_are_forecast_as_zero() -> None:
    values = rhythm(1, 60)
    values[0, np.arange(60) % 7 == 5] = math.nan
    forecasts = forecast(BASELINE, panel_of(values))
    shut = (forecasts.period_day - START) % 7 == 5
    assert (forecasts.quantiles[0, shut] == 0).all()
    assert (forecasts.mean[0, ~shut] > 0).all()


def test_a_series_older_than_the_kept_history_has_ended() -> None:
    values = rhythm(2, 60)
    values[1, 2:] = math.nan
    panel = panel_of(values, settings=SalesSettings(horizon=7, dead_after=10_000), history=20)
    forecasts = forecast(BASELINE, panel)
    assert forecasts.model[1] == "dead"
    assert (forecasts.mean[1] == 0).all()


def test_a_model_for_another_calendar_is_refused() -> None:
    with pytest.raises(InputError, match="W-MON"):
        forecast(SeasonalNaive(7, 7, "W-MON"), panel_of(rhythm(1, 30)))


def test_the_last_value_counts() -> None:
    values = rhythm(1, 60)
    changed = values.copy()
    changed[0, -1] *= 3
    before, after = (forecast(BASELINE, panel_of(one)).mean for one in (values, changed))
    assert before[0, 6] != after[0, 6]


def test_rows_of_a_generated_panel_are_complete() -> None:
    series, days, values = rows_of(np.array([[1.0, math.nan], [math.nan, 2.0]]))
    assert (series.tolist(), days.tolist(), values.tolist()) == ([0, 1], [START, START + 1], [1.0, 2.0])


@dataclass
class Failing(Constant):
    """A model that counts two recipes, both of which fail on some series."""

    def forecast(self, panel: SalesPanel) -> Forecast:
        own = super().forecast(panel)
        first, second = (np.array([number in where for number in range(4)]) for where in ((1, 3), (2, 3)))
        return Forecast(own.covered & ~(first & second), own.mean, own.quantiles, {"theta": first, "adida": second})


def test_stand_ins_are_named_and_counted() -> None:
    values = np.vstack([rhythm(4, 60), np.full((1, 60), math.nan)])[:4]
    forecasts = forecast(Failing(1.0, recipe="ensemble"), panel_of(values))
    assert forecasts.status.tolist() == ["forecast", "fallback", "fallback", "fallback"]
    assert forecasts.model.tolist() == [
        "ensemble", "ensemble without theta", "ensemble without adida", "seasonal_naive",
    ]  # fmt: skip
    assert forecasts.reason.tolist()[:3] == ["", "theta failed on this series", "adida failed on this series"]
    assert forecasts.notes == [
        "theta failed on 2 series; series_status names what stands in, and why",
        "adida failed on 2 series; series_status names what stands in, and why",
    ]


def test_a_series_that_is_too_short_for_a_part_of_the_ensemble_says_so() -> None:
    values = rhythm(2, 60)
    values[1, :58] = math.nan
    parts: dict[str, SalesModel] = {"combination": SmoothingModel("combination", 7, 7, "D"), "lstm": Constant(1.0)}
    forecasts = forecast(EnsembleModel(parts, dict.fromkeys(SEGMENTS, Mixture((0.5, 0.5)))), panel_of(values))
    assert forecasts.status.tolist() == ["forecast", "fallback"]
    assert forecasts.model.tolist() == ["ensemble", "ensemble without lstm"]
    assert forecasts.reason.tolist() == ["", "2 known values, lstm needs 28"]
    assert forecasts.notes == ["lstm cannot forecast 1 series; series_status names what stands in, and why"]


def test_the_mean_lies_inside_the_outer_quantiles_and_quantiles_of_counts_are_whole() -> None:
    counts = np.random.default_rng(1).poisson(0.3, (1, 60)).astype(float)
    panel = panel_of(np.vstack([counts, rhythm(1, 60)]))
    own = Constant(1.0).forecast(panel)
    own.mean[:], own.quantiles[:] = 0.3, np.linspace(0.1, 0.25, 11)
    finished = finish(own, panel)
    assert finished.quantiles[0, 0].tolist() == [0.0] * 10 + [1.0]
    np.testing.assert_allclose(finished.quantiles[1, 0], [*np.linspace(0.1, 0.25, 11)[:-1], 0.3])
    assert (finished.mean == 0.3).all()
