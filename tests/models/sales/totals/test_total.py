"""Totals of a forecast: they add up, and their bands hold."""

from __future__ import annotations

import numpy as np
import pytest

from models.sales.recipes.model import QUANTILES, forecast_of
from models.sales.recipes.smoothing.model import COMBINATION, SmoothingModel
from models.sales.totals.total import totals_of
from tests.models.sales.shop import panel_of, rhythm

GROUP = np.array([0, 0, 0, 1, 1, 1, 2, 2])
MODEL = SmoothingModel(COMBINATION, 7, 7, "D")
LOW, HIGH = QUANTILES.index(0.1), QUANTILES.index(0.9)


def test_means_add_up_and_a_series_without_a_forecast_counts_nowhere() -> None:
    values = rhythm(8, 120)
    values[0] = np.nan
    panel = panel_of(values)
    forecast = forecast_of(MODEL, panel)
    series, (groups, every) = totals_of(
        forecast.mean, forecast.quantiles, panel, [(GROUP, 3), (np.zeros(8, np.int64), 1)]
    )
    names = [span.name for span in groups.spans]
    assert names == [span.name for span in every.spans]
    assert "period" not in {span.name for span in series.spans}
    np.testing.assert_allclose(groups.mean.sum(axis=0), every.mean[0])
    np.testing.assert_allclose(groups.mean[:, -1], np.bincount(GROUP, np.nan_to_num(series.mean[:, -1])))
    periods = [place for place, name in enumerate(names) if name == "period"]
    np.testing.assert_allclose(every.mean[0, periods], np.nansum(forecast.mean, axis=0))
    np.testing.assert_allclose(every.mean[0, periods].sum(), every.mean[0, -1])
    assert np.isnan(series.mean[0]).all()
    for totals in (groups, every):
        assert (np.diff(totals.quantiles, axis=2) >= 0).all()
        assert (totals.quantiles >= 0).all()


@pytest.mark.parametrize("length", [1, 3, 12])
def test_a_short_history_has_totals_too(length: int) -> None:
    panel = panel_of(rhythm(8, length))
    forecast = forecast_of(MODEL, panel)
    _, (groups,) = totals_of(forecast.mean, forecast.quantiles, panel, [(GROUP, 3)])
    assert np.isfinite(groups.quantiles).all()


@pytest.mark.parametrize("shared", [0.0, 0.3])
def test_bands_hold_whether_series_move_together_or_not(shared: float) -> None:
    random, inside = np.random.default_rng(5), []
    level = 20 * np.exp(shared * random.normal(size=(1, 400)))  # of all series, each day
    values = random.gamma(4, level / 4, (30, 400))
    mean = np.full((30, 7), values.mean())
    quantiles = np.broadcast_to(np.quantile(values, QUANTILES), (*mean.shape, len(QUANTILES)))
    for end in range(200, 390, 7):
        _, (every,) = totals_of(mean, quantiles, panel_of(values[:, :end]), [(np.zeros(30, np.int64), 1)])
        came = values[:, end : end + 7].sum()
        inside.append(every.quantiles[0, -1, LOW] <= came <= every.quantiles[0, -1, HIGH])
    assert 0.65 <= np.mean(inside) <= 0.95


def test_counts_have_whole_totals_only_where_all_of_a_group_count() -> None:
    values = np.round(rhythm(8, 120))
    values[7] += 0.5
    panel = panel_of(values)
    forecast = forecast_of(MODEL, panel)
    _, (groups,) = totals_of(forecast.mean, forecast.quantiles, panel, [(GROUP, 3)])
    is_whole = (groups.quantiles % 1 == 0).all(axis=(1, 2))
    assert is_whole.tolist() == [True, True, False]
