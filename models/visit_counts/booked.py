"""Bookings beside a forecast of visits per day."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.common.arrays import Floats
from models.sales.forecast import SalesForecast


def at_least_booked(forecast: SalesForecast, booked: Floats) -> SalesForecast:
    """The forecast with no mean and no quantile below what is booked.

    Args:
        forecast: Of S series over H days.
        booked: Customers with a booking for each day, (S, H).
    """
    return replace(
        forecast,
        mean=np.maximum(forecast.mean, booked),
        quantiles=np.maximum(forecast.quantiles, booked[:, :, None]),
    )
