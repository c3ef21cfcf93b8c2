"""The panel of days that the machinery of sales forecasts."""

from __future__ import annotations

from dataclasses import replace

from numpy.typing import ArrayLike

from models.sales.data.build import build_panel
from models.sales.data.covariate_rows import holiday_covariates
from models.sales.data.panel import SalesPanel
from models.sales.settings import SalesSettings


def count_panel(
    series: ArrayLike, day: ArrayLike, count: ArrayLike, series_count: int, as_of: int, settings: SalesSettings
) -> SalesPanel:
    """Put counts on a calendar of days, with the holidays of the country.

    A day without a count is zero from the series' first one to the last of all.

    Args:
        series: Codes 0..series_count-1, (m,).
        day: Days since 1970-01-01, (m,), each series and day at most once.
        count: Customers, (m,).
        series_count: S.
        as_of: Days since 1970-01-01.
        settings: Those of the machinery of sales.

    Raises:
        InputError: if the counts end years before the as-of.
        SettingsError: if the country is not known.
    """
    panel = build_panel(
        series,
        day,
        count,
        series_count,
        as_of,
        frequency="D",
        missing="zero",
        duplicates="error",
        settings=settings,
    )
    if settings.country is None:
        return panel
    return replace(panel, covariates=holiday_covariates(panel.grid, settings.country))
