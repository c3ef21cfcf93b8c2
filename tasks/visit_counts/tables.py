"""Forecasts of visits per day as rows of our tables."""

from __future__ import annotations

import pyarrow as pa

from models.common.arrays import Floats
from models.sales.forecast import SKIPPED, SalesForecast


def with_known_days(
    rows: pa.Table, forecast: SalesForecast, year_ago: Floats, booked: Floats | None, chosen: slice
) -> pa.Table:
    """The rows of some series with what came a year ago, and with what is booked; both are (S, H)."""
    forecast_ones = forecast.status[chosen] != SKIPPED
    rows = rows.append_column("year_ago", pa.array(year_ago[chosen][forecast_ones].ravel()))
    if booked is None:
        return rows
    return rows.append_column("booked", pa.array(booked[chosen][forecast_ones].ravel()))
