"""The part of sales in each step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, get_args

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from models.sales.data.panel import NO_ROW, SalesPanel
from models.sales.forecast import SKIPPED, SalesForecast, dead_series
from models.sales.gate.figures import PRIMARY
from models.sales.gate.stretches import first_length, stretches_of
from models.sales.recipes.model import SalesModel
from models.sales.totals.spans import PERIOD, spans_of
from nightcast.values import Product, to_date
from sql import tables
from sql.engine import Database
from sql.ledger.live_reviews import LiveMeasure
from sql.settings import Frequency, SourceSettings
from tasks.night import Choice, Night, Prepared, Sections, SourceRows
from tasks.prepare import check_freshness
from tasks.product import Batch, LocatedSource, Parameters, Past, ProductSteps, Rooms
from tasks.read import code_rows
from tasks.sales.hindsight import SeriesHindsight
from tasks.sales.labels import settle_rows
from tasks.sales.preparing import KnownSales, known_sales, merged_rows
from tasks.sales.reading import LabelReader, locate_sales, sales_batches
from tasks.sales.tables import sales_forecast_rows, series_status_rows, total_rows

BATCH_SERIES = 2_000


class SalesSteps(SeriesHindsight, ProductSteps[KnownSales, SalesModel]):
    """Sales: the steps turn rows into a panel, and forecast all periods of the horizon for every series.

    Attributes:
        total_table: the table of the totals by group and span.
    """

    name: ClassVar[Product] = Product.SALES
    source: ClassVar[str] = "sales"
    subject: ClassVar[str] = "series"
    to_exclude: ClassVar[str] = "a query in [source.sales] leaves them out"
    forecast_table: ClassVar[sa.Table] = tables.sales_forecast
    total_table: ClassVar[sa.Table] = tables.sales_total
    actual_table: ClassVar[sa.Table] = tables.sales_actual

    def check(self, database: Database, source: SourceSettings) -> LocatedSource:
        """Locate the sales; see `ProductSteps.check`."""
        return locate_sales(database, source.sales)

    def read(self, night: Night, located: LocatedSource) -> SourceRows:
        """Read the sales before the as-of."""
        reader = LabelReader(night, self)
        rows = code_rows(sales_batches(night, located, reader), reader, with_mentioned=True)
        return settle_rows(night, rows, reader.midnights)

    def prepare(self, night: Night, rows: SourceRows) -> Prepared[KnownSales]:
        """Put the sales on their calendar; see `ProductSteps.prepare`."""
        known = self.known(night, rows)
        panel = known.panel
        if not (panel.last_row > NO_ROW).any():
            return Prepared(rows.ids, known, None, rows.bookings)
        data_through = min(panel.data_through, night.question.day - 1)
        if panel.source_end < panel.end:  # a whole period is missing, not just the current one
            check_freshness(night, self, data_through)
        return Prepared(rows.ids, known, data_through, rows.bookings)

    def known(self, night: Night, rows: SourceRows) -> KnownSales:
        """The series on their calendar, with their covariates.

        Raises:
            InputError: if the settings reject the contents of the rows.
        """
        return known_sales(night, rows)

    def shape(self, night: Night, prepared: Prepared[KnownSales]) -> Parameters:
        """The settings that shape a model; see `ProductSteps.shape`."""
        source, panel = night.sections.source.sales, prepared.known.panel
        return {
            "sales": night.sections.sales.model_dump(mode="json"),
            "frequency": panel.calendar.frequency,
            "horizon": panel.lengths.horizon,
            "missing": source.missing,
            "duplicates": source.duplicates,
            "covariates": sorted(panel.covariates.names) if panel.covariates is not None else [],
            "seed": night.sections.model.seed,
        }

    def horizon_end(self, night: Night, prepared: Prepared[KnownSales], day: int) -> int:
        """The last day of the last step's period."""
        return self.past(night.sections, prepared, day).last_day(day)

    def rooms(self) -> Rooms[SalesModel]:
        """The functions of `models.sales`."""
        from models.sales.gate.select import select
        from models.sales.recipes.registry import fit_baseline, load_model
        from models.sales.search import applied, objective, present, space

        return Rooms(select, fit_baseline, load_model, space, present, applied, objective)

    def batches(self, night: Night, prepared: Prepared[KnownSales], choice: Choice[SalesModel]) -> Iterator[Batch]:
        """The rows of all series, `BATCH_SERIES` at a time; the series are forecast all at once."""
        ids, panel = prepared.ids, prepared.known.panel
        result, rowless = self.forecast(prepared, choice), panel.last_row == NO_ROW
        for note in result.notes:
            night.warn(note)
        for start in range(0, panel.series_count, BATCH_SERIES):
            chosen = slice(start, min(start + BATCH_SERIES, panel.series_count))
            rows = [
                (self.forecast_table, self.forecast_rows(night, prepared, result, chosen)),
                (tables.series_status, series_status_rows(night, ids, result, rowless, chosen)),
            ]
            yield Batch(rows, chosen.stop)
        yield from self._totals(night, prepared, result)

    def _totals(self, night: Night, prepared: Prepared[KnownSales], result: SalesForecast) -> Iterator[Batch]:
        """The totals of groups and of series, `BATCH_SERIES` rows at a time or more."""
        from models.sales.totals.total import totals_of

        known, count = prepared.known, len(prepared.ids)
        groupings = [(one.group, len(one.values)) for one in known.groupings]
        of_series, of_groups = totals_of(result.mean, result.quantiles, known.panel, groupings)
        forecast = np.flatnonzero(result.status != SKIPPED)
        parts = [("series", prepared.ids.take(pa.array(forecast)), of_series.take(forecast))]
        parts += [(one.level, one.values, totals) for one, totals in zip(known.groupings, of_groups, strict=True)]
        for level, values, totals in parts:
            for start in range(0, len(values), BATCH_SERIES):
                some = np.arange(start, min(start + BATCH_SERIES, len(values)))
                rows = total_rows(night, level, values.take(pa.array(some)), totals.take(some), result.period_day)
                yield Batch([(self.total_table, rows)], count)

    def forecast(self, prepared: Prepared[KnownSales], choice: Choice[SalesModel]) -> SalesForecast:
        """The forecast of all series."""
        from models.sales.forecast import forecast

        known = prepared.known
        return forecast(choice.model, known.panel, choice.skill, known.published_steps)

    def forecast_rows(
        self, night: Night, prepared: Prepared[KnownSales], result: SalesForecast, chosen: slice
    ) -> pa.Table:
        """The rows of some series in the table of forecasts."""
        return sales_forecast_rows(night, prepared.ids, result, chosen)

    def rows_to_write(self, night: Night, prepared: Prepared[KnownSales]) -> int:
        """The number of rows in `batches`."""
        panel = prepared.known.panel
        series = np.count_nonzero(panel.observations > 0)
        steps = prepared.known.published_steps or panel.lengths.horizon
        spans = spans_of(panel.calendar, panel.end, steps)
        longer = sum(span.name != PERIOD for span in spans)
        groups = sum(len(grouping.values) for grouping in prepared.known.groupings)
        return int(series * (steps + longer) + groups * len(spans) + panel.series_count)

    def not_forecast(self, prepared: Prepared[KnownSales]) -> str:
        """Numbers of series that have ended, or have no known value, in words."""
        panel = prepared.known.panel
        ended = int(np.count_nonzero(dead_series(panel)))
        empty = int(np.count_nonzero(panel.observations == 0))
        parts = [f"{ended} ended, zeros" if ended else "", f"{empty} without a known value, skipped" if empty else ""]
        return "; ".join(part for part in parts if part)

    def merged(self, prepared: Prepared[KnownSales]) -> str:
        """How many rows share their series and period with another row; see `ProductSteps.merged`."""
        return merged_rows(prepared.known.panel)

    def live_measure(self, night: Night, prepared: Prepared[KnownSales], through: int) -> LiveMeasure:
        """The weighted quantile loss of the first stretch, in two weeks, or two periods where they are longer."""
        panel = prepared.known.panel
        calendar, family = panel.calendar, panel.calendar.family
        first, length = stretches_of(family, panel.lengths.horizon)[0], first_length(family)
        end = int(calendar.ordinal(through + 1))
        days = (calendar.first_day(end - 2 * length), calendar.first_day(end - length), through)
        return LiveMeasure(first.name, PRIMARY, first.segment, *(to_date(int(day)) for day in days))

    def recipe_input(self, prepared: Prepared[KnownSales]) -> SalesPanel:
        """The panel without outliers."""
        return prepared.known.panel

    def pinned(self, source: SourceSettings, prepared: Prepared[KnownSales]) -> SourceSettings:
        """The settings with the resolved frequency, and duplicates as tonight accepts them.

        First month, weekday and business days follow from the rows.
        """
        frequency = prepared.known.panel.calendar.frequency
        known = frequency if frequency in get_args(Frequency) else frequency.partition("-")[0].removeprefix("B")
        kept = {"frequency": known}
        if source.sales.duplicates == "auto":
            kept["duplicates"] = "greatest"
        return source.model_copy(update={"sales": source.sales.model_copy(update=kept)})

    def past(self, sections: Sections, prepared: Prepared[KnownSales], through: int) -> Past:
        """The past of the series; see `ProductSteps.past`."""
        from models.sales.backtest import SalesPast

        return SalesPast(prepared.known.observed, self.settings_for(sections, prepared), through)
