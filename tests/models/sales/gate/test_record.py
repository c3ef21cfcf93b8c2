from __future__ import annotations

import numpy as np

from models.sales.forecast import forecast
from models.sales.gate.record import HALF, SeriesRecord
from models.sales.recipes.model import forecast_of
from models.sales.recipes.seasonal_naive import SeasonalNaive
from tests.models.sales.shop import Constant, panel_of, rhythm


def test_what_lost_alone_serves_with_seasonal_naive_or_not_at_all() -> None:
    model, half, naive = np.array([1.0, 3.0, 3.0, 2.0, 0.0]), np.array([9.0, 1.5, 2.5, 9.0, 0.0]), np.full(5, 2.0)
    naive[4] = 0.0
    record = SeriesRecord.of_losses(model, half, naive)
    assert record.naive_share.tolist() == [0.0, HALF, 1.0, 0.0, 0.0]
    np.testing.assert_allclose(record.skill, [0.5, 0.25, 0.0, 0.0, np.nan])


def test_a_record_is_read_from_what_was_published() -> None:
    names = ["ensemble", "ensemble + seasonal_naive", "seasonal_naive", None, "seasonal_naive"]
    record = SeriesRecord.from_published(np.array([0.1, 0.2, 0.0, np.nan, np.nan]), names)
    assert record.naive_share.tolist() == [0.0, HALF, 1.0, 0.0, 0.0]  # the last is new, and was only short


def test_each_series_is_forecast_as_its_record_says() -> None:
    panel, model = panel_of(rhythm(4, 90)), Constant(1.0)
    record = SeriesRecord(np.array([0.3, 0.2, 0.0, np.nan]), np.array([0.0, HALF, 1.0, 0.0]))
    forecasts = forecast(model, panel, record)
    ours, theirs = forecast_of(model, panel), forecast_of(SeasonalNaive(7, 7, "D"), panel)
    for got, own, naive in (
        (forecasts.mean, ours.mean, theirs.mean),
        (forecasts.quantiles, ours.quantiles, theirs.quantiles),
    ):
        np.testing.assert_array_equal(got[0], own[0])
        np.testing.assert_allclose(got[1], (own[1] + naive[1]) / 2)
        np.testing.assert_array_equal(got[2], naive[2])
        np.testing.assert_array_equal(got[3], own[3])
    assert forecasts.model.tolist() == ["lstm", "lstm + seasonal_naive", "seasonal_naive", "lstm"]
    assert forecasts.status.tolist() == ["forecast"] * 4
    assert [bool(reason) for reason in forecasts.reason] == [False, True, True, False]
    assert "seasonal naive" in forecasts.reason[2]
    np.testing.assert_array_equal(forecasts.skill, record.skill)
    again = SeriesRecord.from_published(forecasts.skill, forecasts.model.tolist())
    assert again.naive_share.tolist() == record.naive_share.tolist()
