"""Preparing visit counts: from counts to a panel of days, with what is known ahead."""

from __future__ import annotations

from dataclasses import replace

from models.sales.data.build import build_panel
from models.sales.data.covariate_rows import holiday_covariates
from models.sales.settings import SalesSettings
from tasks.night import Night, SourceRows
from tasks.sales.preparing import KnownSales


def known_counts(night: Night, rows: SourceRows, settings: SalesSettings) -> KnownSales:
    """Put the counts on a calendar of days; one without a visit is zero between the first and the last day of visits.

    Args:
        night: tonight.
        rows: one row per series and day with a visit.
        settings: the settings for the machinery of sales.

    Raises:
        InputError: if the visits end years before the as-of.
        SettingsError: if the country is not known.
    """
    panel = build_panel(
        rows.code,
        rows.day,
        rows.value,
        len(rows.ids),
        night.question.day,
        frequency="D",
        missing="zero",
        duplicates="error",
        settings=settings,
    )
    holidays = None if settings.country is None else holiday_covariates(panel.grid, settings.country)
    observed = replace(panel, covariates=holidays)
    return KnownSales(observed, observed.without_outliers())
