"""Seasonal ARIMA, one step ahead, of statsforecast: https://nixtlaverse.nixtla.io/statsforecast/.

It is fitted once, on the training part, and then only its state follows the series: coefficients stay as they are.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from models.common.arrays import Floats
from nightcast.errors import InputError
from studies.series.settings import ArimaConfiguration
from studies.series.walk import Part, Walk


def walk(values: Floats, train: int, configuration: ArimaConfiguration) -> Walk:
    """Forecast each value of a series (n,) from those before it.

    Args:
        values: (n,).
        train: How many of them it is fitted on.
        configuration: Orders, or the season for which they are chosen by AICc (Hyndman and Khandakar, 2008).

    Raises:
        InputError: if the training part is too short for it, or the library fails.
    """
    model = _model(configuration)
    with warnings.catch_warnings(), np.errstate(all="ignore"), threadpool_limits(1):
        warnings.simplefilter("ignore")
        try:
            fitted = model.fit(values[:train])
            forecasts = np.asarray(fitted.forward(values, 1, fitted=True)["fitted"], np.float64)
            first = _first(fitted.model_["arma"])
        except Exception as error:  # it raises bare ones, for series that are too short among others
            raise _failed(configuration, train, str(error)) from error
    if first >= train or not np.isfinite(forecasts[first:]).all():
        raise _failed(configuration, train, "no forecast inside the training part is finite")
    known, tested = np.arange(first, train), np.arange(train, len(values))
    return Walk(Part(known, forecasts[None, known]), Part(tested, forecasts[None, tested]))


def _model(configuration: ArimaConfiguration) -> Any:
    """The library's model, not fitted.

    By the conditional sum of squares, at every length of a season. Where the library goes by the exact likelihood, it
    divides residuals by their own scale, so that a value less its residual is no forecast: a share of the value itself
    is left in it. Besides, that is slow with a long season.
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


def _first(arma: Any) -> int:
    """The first period whose forecast does not come of the model's beginning: as many as it looks back over."""
    p, _, seasonal_p, _, season, d, seasonal_d = arma
    return int(max(1, p + d + season * (seasonal_p + seasonal_d)))


def _failed(configuration: ArimaConfiguration, train: int, reason: str) -> InputError:
    return InputError(
        f"Seasonal ARIMA of {configuration.name!r} cannot be fitted on {train} values: {reason.rstrip('.')}.",
        "Give it a longer training part, a smaller season, or other orders.",
    )
