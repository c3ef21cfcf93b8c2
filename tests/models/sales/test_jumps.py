"""Sales at a level at which they never were: the forecast follows, in doubt with a band that holds both levels."""

from __future__ import annotations

import math

import numpy as np
import pytest

from models.common.arrays import Floats
from models.sales.data.panel import SalesPanel
from models.sales.forecast import SalesForecast, forecast
from models.sales.jumps import find_jumps
from tests.models.sales.shop import Constant, panel_of

OLD, HORIZON = 3.0, 7


def jumped(sales: int, length: int = 200, level: float = 600.0) -> Floats:
    """A series of 2 to 4 a day, and of a new level on its last days."""
    values = np.random.default_rng(1).integers(2, 5, length).astype(np.float64)
    values[length - sales :] = level + np.arange(sales) % 3
    return values


def panel(*series: Floats) -> SalesPanel:
    return panel_of(np.vstack(series)).without_outliers()


def served(known: SalesPanel, factor: float = OLD / 600) -> SalesForecast:
    """By a model that forecasts this multiple of the last value."""
    return forecast(Constant(factor), known)


@pytest.mark.parametrize(("sales", "stays"), [(3, 0.5), (6, 0.75)])
def test_the_doubt_that_a_level_stays_halves(sales: int, stays: float) -> None:
    forecasts = served(panel(jumped(sales), jumped(0)))
    assert forecasts.status.tolist() == ["fallback", "forecast"]
    assert f"last {sales} sales" in forecasts.reason[0]
    assert forecasts.notes == ["lstm does not follow the jump of 1 series; series_status names what stands in, and why"]
    assert forecasts.mean[0] == pytest.approx(stays * 601 + (1 - stays) * OLD, rel=0.01)
    assert (forecasts.quantiles[0, :, 1] <= 4).all()  # 0.1
    assert (forecasts.quantiles[0, :, -2] >= 600).all()  # 0.9
    assert (np.diff(forecasts.quantiles[0], axis=1) >= 0).all()
    np.testing.assert_array_equal(forecasts.mean[1], np.full(HORIZON, jumped(0)[-1] * OLD / 600))


def test_a_fall_is_followed_as_well() -> None:
    values = jumped(200)
    values[-6:] = [3, 4, 2, 3, 4, 3]
    forecasts = forecast(Constant(100.0), panel(values))
    assert forecasts.status.tolist() == ["fallback"]
    assert forecasts.mean[0] == pytest.approx(0.75 * 3.2 + 0.25 * 601, rel=0.01)
    assert (forecasts.quantiles[0, :, 1] <= 4).all()
    assert (forecasts.quantiles[0, :, -2] >= 600).all()
    assert (forecasts.quantiles[0, :, 5] <= 4).all()  # the median


def test_a_forecast_that_follows_stays_as_it_is() -> None:
    known = panel(jumped(6))
    own = served(known, 1.0)
    assert own.notes == []
    assert own.status.tolist() == ["forecast"]
    np.testing.assert_array_equal(own.mean[0], np.full(HORIZON, 602.0))


@pytest.mark.parametrize(
    "values",
    [
        jumped(2),  # outliers
        jumped(6, level=29.0),  # no ten times
        jumped(6, length=9),  # hardly a past
        np.append(jumped(6), OLD),  # over
        np.concatenate([jumped(6), np.full(30, 600.0)]),  # seen at past origins
        np.append(-jumped(0), jumped(6)),
        np.zeros(50),
        np.full(50, math.nan),
    ],
)
def test_what_is_no_jump(values: Floats) -> None:
    assert len(find_jumps(panel(values)).series) == 0


def test_days_without_sales_count_in_the_level_and_closed_ones_do_not() -> None:
    open_days = np.arange(208) % 7 < 5
    closed = np.where(open_days, jumped(7, 208), math.nan)
    now_and_then = np.where(np.arange(208) % 2, jumped(7, 208), 0.0)
    known = panel(closed, now_and_then)
    assert find_jumps(known).series.tolist() == [0, 1]
    forecasts = served(known)
    assert forecasts.mean[1].max() < 0.6 * 600  # sales on every second day
    assert (forecasts.mean[0] > 0.5 * 600).all()
