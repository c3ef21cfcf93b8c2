"""The part of visit counts in each step: series of customers per day, forecast by the machinery of sales."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from models.common.arrays import Floats
from models.sales.forecast import SalesForecast
from models.sales.recipes.model import SalesModel
from models.sales.settings import SalesSettings
from models.visit_counts.booked import at_least_booked
from models.visit_counts.panel import count_panel
from nightcast.values import Product
from sql import tables
from sql.engine import Database
from sql.settings import SourceSettings
from tasks.next_visit.reading import VisitReader
from tasks.night import Choice, Night, Prepared, Sections, SourceRows
from tasks.product import LocatedSource, Parameters
from tasks.read import code_rows
from tasks.sales.covariate_owners import counts_owner
from tasks.sales.covariates import read_covariates
from tasks.sales.preparing import KnownSales, later_periods
from tasks.sales.steps import SalesSteps
from tasks.visit_counts.names import EVERYBODY
from tasks.visit_counts.reading import Groups, counted_rows, grouped_batches, locate_counted
from tasks.visit_counts.tables import with_known_days

DAYS_OF_A_YEAR = 364
"""The same weekday a year ago."""


class VisitCountSteps(SalesSteps):
    """Visit counts: the steps count customers by day, and forecast all days of the horizon for every series."""

    name: ClassVar[Product] = Product.VISIT_COUNTS
    source: ClassVar[str] = "visits"
    to_exclude: ClassVar[str] = "[source.visits] groups names other columns"
    forecast_table: ClassVar[sa.Table] = tables.visit_count_forecast
    total_table: ClassVar[sa.Table] = tables.visit_count_total
    actual_table: ClassVar[sa.Table] = tables.visit_count_actual
    actual_days: ClassVar[int] = 400
    whole_series: ClassVar[str | None] = EVERYBODY

    def model_settings(self, sections: Sections) -> SalesSettings:
        """The settings as the machinery of sales reads them."""
        return sections.visit_counts.as_sales(sections.sales)

    def settings_for(self, sections: Sections, prepared: Prepared[KnownSales]) -> SalesSettings:
        """The settings, with a recipe that reads covariates where there are any."""
        covariates = prepared.known.panel.covariates
        has_any = covariates is not None and len(covariates.names) > 0
        return sections.visit_counts.as_sales(sections.sales, has_covariates=has_any)

    def check(self, database: Database, source: SourceSettings) -> LocatedSource:
        """Locate the visits; see `ProductSteps.check`."""
        return locate_counted(database, source.visits)

    def read(self, night: Night, located: LocatedSource) -> SourceRows:
        """Count the visits before the as-of, and the bookings."""
        reader, groups = VisitReader(night, self, "group"), Groups(night.sections.source.visits.groups)
        rows = code_rows(grouped_batches(night, located, reader, groups), reader, with_mentioned=False)
        return counted_rows(rows, groups)

    def known(self, night: Night, rows: SourceRows) -> KnownSales:
        """The counts by day, with their covariates; see `SalesSteps.known`."""
        settings = self.model_settings(night.sections)
        panel = count_panel(rows.code, rows.day, rows.value, len(rows.ids), night.question.day, settings)
        owner, later = partial(counts_owner, night, rows.ids), later_periods(panel, rows.last_day)
        observed = replace(panel, covariates=read_covariates(night, owner, panel, later, settings.country))
        return KnownSales(observed, observed.without_outliers())

    def shape(self, night: Night, prepared: Prepared[KnownSales]) -> Parameters:
        """The settings that shape a model; see `ProductSteps.shape`."""
        covariates = prepared.known.panel.covariates
        return {
            "visit_counts": self.settings_for(night.sections, prepared).model_dump(mode="json"),
            "timezone": night.question.timezone,
            "covariates": sorted(covariates.names) if covariates is not None else [],
            "seed": night.sections.model.seed,
        }

    def forecast(self, prepared: Prepared[KnownSales], choice: Choice[SalesModel]) -> SalesForecast:
        """The forecast of all series, no less than what is booked."""
        result, booked = super().forecast(prepared, choice), self._booked(prepared)
        return result if booked is None else at_least_booked(result, booked)

    def forecast_rows(
        self, night: Night, prepared: Prepared[KnownSales], result: SalesForecast, chosen: slice
    ) -> pa.Table:
        """The rows of some series, with what is booked and what came a year ago."""
        panel, booked = prepared.known.observed, self._booked(prepared)
        year_ago = panel.observed(panel.end - DAYS_OF_A_YEAR, panel.lengths.horizon)
        rows = super().forecast_rows(night, prepared, result, chosen)
        return with_known_days(rows, result, year_ago, booked, chosen)

    def pinned(self, source: SourceSettings, prepared: Prepared[KnownSales]) -> SourceSettings:
        """The settings as they are: visits are always counted by day."""
        return source

    def _booked(self, prepared: Prepared[KnownSales]) -> Floats | None:
        """Customers with a booking for each day, (S, H); None where bookings are not known."""
        bookings, panel = prepared.bookings, prepared.known.panel
        if bookings is None:
            return None
        booked = np.zeros((panel.series_count, panel.lengths.horizon))
        step = bookings.day - int(panel.step_days[0])
        series = np.asarray(pc.index_in(bookings.ids, value_set=prepared.ids))
        within = (step >= 0) & (step < panel.lengths.horizon)
        booked[series[within], step[within]] = bookings.value[within]
        return booked
