"""What inputs that are known ahead add to a forecast: promotions, prices, events and public holidays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.common.arrays import Floats
from models.sales.data.panel import SalesPanel
from models.sales.recipes.ensemble import EnsembleModel
from models.sales.recipes.lstm_local.model import RECIPE as LSTM_LOCAL
from models.sales.recipes.model import Forecast, SalesModel, forecast_of
from models.sales.recipes.seasonal_naive import RECIPE as SEASONAL_NAIVE
from models.sales.settings import BATCH, STATISTICAL

WITHOUT_COVARIATES = frozenset({SEASONAL_NAIVE, LSTM_LOCAL, *BATCH, *STATISTICAL})
"""Recipes that read no covariates."""


def known_effect(model: SalesModel, known: SalesPanel, forecast: Forecast) -> Floats:
    """The mean less that of the same model if all covariates ahead were as usual, (S, H).

    See `models.sales.data.covariates.Covariates.as_usual_ahead`. NaN where the model reads no covariates, and for
    series that it does not cover.

    Args:
        model: The model.
        known: What is known at the as-of.
        forecast: The model's forecast of it, within the limits of a forecast.
    """
    recipes = model.counting if isinstance(model, EnsembleModel) else [model.recipe]
    if known.covariates is None or WITHOUT_COVARIATES.issuperset(recipes):
        return np.full(forecast.mean.shape, np.nan)
    usual = forecast_of(model, replace(known, covariates=known.covariates.as_usual_ahead()))
    return np.where(forecast.covered[:, None], forecast.mean - usual.mean, np.nan)
