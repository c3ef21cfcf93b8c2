"""Baselines of a series: the value one period or one season earlier, and seasonal ARIMA.

Seasonal ARIMA is that of statsforecast, https://nixtlaverse.nixtla.io/statsforecast/. It is fitted once, on the
training part. Its coefficients then stay as they are; only its state follows the series.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from models.common.arrays import Floats
from nightcast.errors import InputError
from studies.series.measure import Part, Walk
from studies.series.settings import ArimaConfiguration, NaiveConfiguration


def walk_naive(values: Floats, train: int, configuration: NaiveConfiguration) -> Walk:
    """Forecast each value of a series by the value one season before, or for persistence one period before.

    Args:
        values: (n,).
        train: The length of the training part.
        configuration: Persistence or seasonal naive.

    Raises:
        InputError: if the training part is no longer than the season.
    """
    lag = configuration.season
    if train <= lag:
        raise InputError(
            f"The series is too short for {configuration.name!r}: its {train} values for training are no more than a "
            f"season of {lag}.",
            "Give it a longer series, a smaller season, or another [split] train.",
        )
    known, tested = np.arange(lag, train), np.arange(train, len(values))
    return Walk(Part(known, values[None, known - lag]), Part(tested, values[None, tested - lag]))


def walk_arima(values: Floats, train: int, configuration: ArimaConfiguration) -> Walk:
    """Forecast each value of a series from those before it.

    Args:
        values: (n,).
        train: The length of the training part, which the model is fitted on.
        configuration: The orders, or the season for which AICc chooses them (Hyndman and Khandakar, 2008, "Automatic
            time series forecasting: the forecast package for R", Journal of Statistical Software 27).

    Raises:
        InputError: if the training part is too short, or the library fails.
    """
    model = _arima(configuration)
    with warnings.catch_warnings(), np.errstate(all="ignore"), threadpool_limits(1):
        warnings.simplefilter("ignore")
        try:
            fitted = model.fit(values[:train])
            forecasts = np.asarray(fitted.forward(values, 1, fitted=True)["fitted"], np.float64)
            first = _first(fitted.model_["arma"])
        except Exception as error:  # the library raises bare exceptions, for example for short series
            raise _failed(configuration, train, str(error)) from error
    if first >= train or not np.isfinite(forecasts[first:]).all():
        raise _failed(configuration, train, "no forecast inside the training part is finite")
    known, tested = np.arange(first, train), np.arange(train, len(values))
    return Walk(Part(known, forecasts[None, known]), Part(tested, forecasts[None, tested]))


def _arima(configuration: ArimaConfiguration) -> Any:
    """The library's model, not yet fitted.

    It is fitted by the conditional sum of squares for every season. With the exact likelihood, the library divides
    residuals by their own scale, so that a value less its residual is no forecast but contains a share of the value
    itself. The exact likelihood is also slow for long seasons.
    """
    from statsforecast import models

    if configuration.order is None:
        return models.AutoARIMA(season_length=configuration.season, approximation=True, method="CSS")
    return models.ARIMA(
        order=configuration.order,
        season_length=configuration.season,
        seasonal_order=configuration.seasonal_order,
        method="CSS",
    )


def _first(arma: tuple[int, ...]) -> int:
    """The first period whose forecast does not depend on the model's initial values."""
    p, _, seasonal_p, _, season, d, seasonal_d = arma
    return int(max(1, p + d + season * (seasonal_p + seasonal_d)))


def _failed(configuration: ArimaConfiguration, train: int, reason: str) -> InputError:
    return InputError(
        f"Seasonal ARIMA of {configuration.name!r} cannot be fitted on {train} values: {reason.rstrip('.')}.",
        "Give it a longer training part, a smaller season, or other orders.",
    )
