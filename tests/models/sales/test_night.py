"""What real series bring: each kind of it through the gate, and forecast by what serves."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from models.common.arrays import Floats
from models.common.selection import Selection
from models.sales.data.build import build_panel
from models.sales.data.calendar import Calendar
from models.sales.data.panel import SalesPanel
from models.sales.forecast import SalesForecast, forecast
from models.sales.gate.select import select
from models.sales.recipes.boosting import fit
from models.sales.recipes.model import SalesModel, forecast_of
from models.sales.recipes.seasonal_naive import SeasonalNaive
from models.sales.settings import SalesSettings
from tests.models.sales.reference import day, text
from tests.models.sales.shop import panel_of, rhythm, settings_with

QUICK = settings_with(steps=20)
CHEAP = settings_with(recipes=("auto_ets", "theta"))
NETWORK = settings_with(QUICK, steps=20, recipes=("seasonal_lstm",))
LENGTH = 168
OPEN = np.arange(LENGTH) % 7 != 6
WEEK = np.array([1.0, 1.2, 0.9, 1.1, 1.5, 0.7, 0.0])
PLAIN = 4
OUTLIER = 1e12


@dataclass(frozen=True)
class Night:
    """Odd series among plain ones, and what came of them."""

    panel: SalesPanel
    selection: Selection[SalesModel]
    forecast: SalesForecast


def night_of(panel: SalesPanel, settings: SalesSettings, seed: int = 3) -> Night:
    known = panel.without_outliers()
    selection = select(known, settings, seed)
    return Night(panel, selection, forecast(selection.model, known, selection.skill))


def weekly_pattern(level: float, seed: int, length: int = LENGTH) -> Floats:
    """A shop that is closed on Sundays."""
    noise = np.random.default_rng(seed).gamma(40, 1 / 40, length)
    values: Floats = np.where(OPEN[:length], level * WEEK[np.arange(length) % 7] * noise, math.nan)
    return values


def replaced(values: Floats, places: slice | int, other: float) -> Floats:
    """The values with others in some places."""
    changed = values.copy()
    changed[places] = other
    return changed


def multiplied(values: Floats, places: slice, factor: float) -> Floats:
    """The values with some of them multiplied."""
    changed = values.copy()
    changed[places] *= factor
    return changed


ODD = {
    "gap": replaced(weekly_pattern(100, 1), slice(120, 130), math.nan),
    "ended": replaced(weekly_pattern(50, 2), slice(LENGTH - 95, None), math.nan),
    "late": replaced(weekly_pattern(80, 3), slice(0, LENGTH - 45), math.nan),
    "handful": replaced(weekly_pattern(80, 4), slice(0, LENGTH - 5), math.nan),
    "zeros": np.where(OPEN, 0.0, math.nan),
    "returns": -weekly_pattern(20, 5),
    "mixed": np.where(OPEN, np.random.default_rng(6).normal(0, 10, LENGTH), math.nan),
    "constant": np.where(OPEN, 42.0, math.nan),
    "shift up": multiplied(weekly_pattern(30, 7), slice(LENGTH - 40, None), 5.0),
    "shift down": multiplied(weekly_pattern(3_000, 8), slice(LENGTH - 40, None), 0.2),
    "outlier": replaced(weekly_pattern(10, 9), 130, OUTLIER),
    "late outlier": replaced(weekly_pattern(10, 10), LENGTH - 5, OUTLIER),
    "never": np.full(LENGTH, math.nan),
}
PLACE = {name: PLAIN + number for number, name in enumerate(ODD)}


def shop(**changed: Floats) -> Floats:
    """Plain series first, then the odd ones."""
    plain = [weekly_pattern(10.0**number, 20 + number) for number in range(PLAIN)]
    return np.vstack([*plain, *({**ODD, **changed}).values()])


@pytest.fixture(scope="module", autouse=True)
def few_trees() -> Iterator[None]:
    """A third of the trees, each of a larger step: no test of this file is about them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit, "CENTRE", fit.CENTRE | {"max_iter": 50, "learning_rate": 0.2})
        patch.setattr(fit, "SPREAD", fit.SPREAD | {"max_iter": 20, "learning_rate": 0.2})
        yield


@pytest.fixture(scope="module")
def night() -> Night:
    return night_of(panel_of(shop(), settings=QUICK), QUICK)


def level_of_forecast(night: Night, name: str) -> float:
    return float(night.forecast.mean[PLACE[name]].mean())


def test_all_series_get_what_they_can_have(night: Night) -> None:
    forecasts = night.forecast
    unlike = {"ended": "fallback", "never": "skipped"}
    for name in ODD:
        if name not in ("zeros", "constant"):  # the baseline serves these too, as which status depends on who serves
            assert forecasts.status[PLACE[name]] == unlike.get(name, "forecast")
    assert forecasts.status[:PLAIN].tolist() == ["forecast"] * PLAIN
    served = forecasts.status != "skipped"
    assert np.isfinite(forecasts.mean[served]).all()
    assert np.isfinite(forecasts.quantiles[served]).all()
    assert (np.diff(forecasts.quantiles[served], axis=2) >= 0).all()


def test_the_shop_stays_closed_on_sundays_for_all(night: Night) -> None:
    shut = night.panel.closed_steps(7)
    assert shut.tolist() == [False] * 6 + [True]
    served = night.forecast.status != "skipped"
    assert (night.forecast.quantiles[served][:, shut] == 0).all()
    assert (night.forecast.mean[:PLAIN, ~shut] > 0).all()


def test_a_gap_is_no_slump(night: Night) -> None:
    assert not night.panel.intermittent[PLACE["gap"]]
    assert level_of_forecast(night, "gap") == pytest.approx(np.nanmean(100 * WEEK), rel=0.2)


def test_what_ended_is_dead_and_what_began_is_not(night: Night) -> None:
    assert night.forecast.model[PLACE["ended"]] == "dead"
    assert level_of_forecast(night, "ended") == 0
    for name in ("late", "handful"):
        assert level_of_forecast(night, name) == pytest.approx(80 * WEEK.mean(), rel=0.5)


def test_zeros_and_constants_go_on(night: Night) -> None:
    assert (night.forecast.mean[PLACE["zeros"]] == 0).all()
    shut = night.panel.closed_steps(7)
    np.testing.assert_allclose(night.forecast.quantiles[PLACE["constant"]][~shut, 2], 42, rtol=0.05)


def test_returns_are_forecast_below_zero_and_sales_never(night: Night) -> None:
    lowest = night.forecast.quantiles[:, :, 0]
    shut = night.panel.closed_steps(7)
    assert (night.forecast.mean[PLACE["returns"], ~shut] < 0).all()
    assert level_of_forecast(night, "returns") == pytest.approx(-20 * WEEK.mean(), rel=0.2)
    assert (lowest[PLACE["mixed"], ~shut] < 0).all()
    others = [PLACE[name] for name in ODD if name not in ("returns", "mixed", "never")]
    assert lowest[[*range(PLAIN), *others]].min() >= 0


@pytest.mark.parametrize(("name", "level"), [("shift up", 150), ("shift down", 600)])
def test_a_level_shift_of_forty_days_ago_is_followed(night: Night, name: str, level: float) -> None:
    assert level_of_forecast(night, name) == pytest.approx(level * WEEK.mean(), rel=0.25)


def test_an_absurd_value_spoils_no_forecast(night: Night) -> None:
    clean = {"outlier": weekly_pattern(10, 9), "late outlier": weekly_pattern(10, 10)}
    without = night_of(panel_of(shop(**clean), settings=QUICK), QUICK)
    served = night.forecast.status != "skipped"
    forecasts, expected = night.forecast.quantiles[served], without.forecast.quantiles[served]
    size = np.abs(expected).max(axis=(1, 2))[:, None, None]
    assert (np.abs(forecasts - expected) <= 0.15 * size).all()
    for name in clean:
        assert level_of_forecast(night, name) == pytest.approx(10 * WEEK.mean(), rel=0.2)
        assert night.forecast.quantiles[PLACE[name]].max() < 30
        assert "1 outlier" in night.forecast.reason[PLACE[name]]
        assert night.forecast.observations[PLACE[name]] == without.forecast.observations[PLACE[name]]


def test_the_last_value_changes_what_serves(night: Night) -> None:
    values = shop()
    values[:, LENGTH - 2] *= 2  # a Saturday
    known = panel_of(values, settings=QUICK).without_outliers()
    changed = forecast(night.selection.model, known, night.selection.skill)
    served = night.forecast.model == night.selection.recipe
    assert served[:PLAIN].all()
    differs = (changed.mean != night.forecast.mean).any(axis=1)
    served[PLACE["zeros"]] = False  # twice nothing is nothing
    assert differs[served].all()


def test_a_series_that_no_training_saw_is_forecast_by_the_network() -> None:
    known = np.vstack([weekly_pattern(10.0**number, number) for number in range(4)])
    new = replaced(weekly_pattern(500, 50), slice(0, LENGTH - 40), math.nan)
    model = select(panel_of(known, settings=NETWORK), NETWORK, 3).model
    assert model.recipe != "seasonal_naive"
    panel = panel_of(np.vstack([known, new]), settings=NETWORK)
    forecasts = forecast(model, panel)
    assert (forecasts.status[4], forecasts.model[4], forecasts.reason[4]) == ("forecast", model.recipe, "")
    assert np.abs(forecasts.mean[4] - forecast_of(SeasonalNaive(7, 7, "D"), panel).mean[4]).max() > 1
    assert forecasts.mean[4].mean() == pytest.approx(500 * WEEK.mean(), rel=0.3)


def periods(frequency: str, length: int, season: int, settings: SalesSettings) -> tuple[SalesPanel, Floats]:
    """A panel of three noisy series through 2023 and what is to be expected of 2024, (3, horizon)."""
    calendar, generator = Calendar(frequency), np.random.default_rng(2)
    last = int(calendar.ordinal(day("2023-12-31")))
    place = np.arange(length + 60)
    wave = 1 + 0.5 * np.sin(2 * np.pi * place / season) if season > 1 else 1 + 0.05 * place
    expected = np.array([[10.0], [200.0], [3_000.0]]) * wave
    values = expected[:, :length] * generator.gamma(100, 1 / 100, (3, length))
    series, column = np.nonzero(values > 0)
    days = calendar.label(last - length + 1 + np.arange(length))[column]
    as_of = int(calendar.first_day(last + 1))
    panel = build_panel(series, days, values[series, column], 3, as_of, settings=settings)
    return panel, expected[:, length : length + panel.lengths.horizon]


@pytest.mark.parametrize(
    ("frequency", "length", "season", "steps", "first"),
    [
        ("W-SUN", 170, 52, 13, "2024-01-07"),
        ("ME", 72, 12, 12, "2024-01-31"),
        ("YS", 26, 1, 4, "2024-01-01"),
    ],
)
def test_other_calendars_go_through_the_gate(frequency: str, length: int, season: int, steps: int, first: str) -> None:
    settings = settings_with(QUICK, steps=10, horizon="auto", recipes=("seasonal_lstm", "smoothing"))
    panel, expected = periods(frequency, length, season, settings)
    other = night_of(panel, settings)
    assert panel.calendar.frequency == frequency
    assert "seasonal_lstm 0." in other.selection.decision
    assert other.forecast.mean.shape == (3, steps)
    assert text(int(other.forecast.period_day[0])) == first
    assert other.forecast.status.tolist() == ["forecast"] * 3
    assert np.abs(other.forecast.mean / expected - 1).mean() < 0.15


Row = tuple[int, int, float]


def rows(frequency: str, count: int, series: int) -> list[Row]:
    """A row of 10 for each of the last periods that 2023 saw to their end."""
    calendar = Calendar(frequency)
    last = int(calendar.ordinal(day("2024-01-01"))) - 1
    return [(series, int(label), 10.0) for label in calendar.label(last - count + 1 + np.arange(count))]


def panel_of_rows(source_rows: list[Row], **options: Any) -> SalesPanel:
    series, days, values = (list(column) for column in zip(*source_rows, strict=True))
    return build_panel(series, days, values, max(series) + 1, day("2024-01-01"), settings=CHEAP, **options)


@pytest.mark.parametrize(
    ("kinds", "frequency", "misdated"),
    [
        ([("D", 200), ("W-MON", 28)], "D", [0, 0]),
        ([("D", 60), *[("W-SUN", 100)] * 5], "D", [0] * 6),
        ([*[("W-SUN", 100)] * 5, ("W-TUE", 50)], "D", [0] * 6),
        ([*[("W-SUN", 100)] * 5, ("W-TUE", 5)], "W-SUN", [0, 0, 0, 0, 0, 5]),
        ([*[("MS", 36)] * 3, ("QS", 12)], "MS", [0, 0, 0, 0]),
        ([*[("QS", 12)] * 10, ("MS", 36)], "MS", [0] * 11),
        ([("MS", 36), ("ME", 36)], "D", [0, 0]),
    ],
)
def test_several_frequencies_in_one_source_lose_nothing_silently(
    kinds: list[tuple[str, int]], frequency: str, misdated: list[int]
) -> None:
    source = [row for number, (kind, count) in enumerate(kinds) for row in rows(kind, count, number)]
    panel = panel_of_rows(source)
    assert panel.calendar.frequency == frequency
    assert panel.rows + panel.off_calendar + panel.merged == len(source)
    assert panel.misdated.tolist() == misdated
    assert panel.observations.sum() == panel.rows
    forecasts = forecast(SeasonalNaive(7, panel.lengths.season, frequency), panel)
    for count, reason, status in zip(misdated, forecasts.reason, forecasts.status, strict=True):
        if status != "fallback":
            assert (f"{count} rows" in reason and frequency in reason) == (count > 0)
    assert np.isfinite(forecasts.mean[panel.observations > 0]).all()
    assert (forecasts.status == "skipped").tolist() == (panel.observations == 0).tolist()
    picked = np.arange(len(kinds))[::-1]
    assert panel.take(picked).misdated.tolist() == misdated[::-1]


@pytest.mark.parametrize(("count", "length"), [(1, 120), (3, 60)])
def test_a_few_series_are_enough(count: int, length: int) -> None:
    values = np.vstack([weekly_pattern(50.0 * (number + 1), number, length) for number in range(count)])
    small = night_of(panel_of(values, settings=NETWORK), NETWORK)
    assert "seasonal_lstm 0." in small.selection.decision
    assert small.forecast.status.tolist() == ["forecast"] * count
    levels = 50 * np.arange(1, count + 1) * WEEK.mean()
    np.testing.assert_allclose(small.forecast.mean.mean(axis=1), levels, rtol=0.25)


def test_statistical_models_come_to_the_same_whatever_the_seed() -> None:
    panel = panel_of(rhythm(4, 110), settings=CHEAP)
    first, again, other = (night_of(panel, CHEAP, seed) for seed in (1, 1, 2))
    assert first.selection.decision == again.selection.decision == other.selection.decision
    assert first.selection.recipe != "seasonal_naive"
    for repeated in (again, other):
        np.testing.assert_array_equal(repeated.forecast.mean, first.forecast.mean)
        np.testing.assert_array_equal(repeated.forecast.quantiles, first.forecast.quantiles)
