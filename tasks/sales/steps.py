"""The part of sales in each step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from models.common.arrays import Floats, Integers
from models.sales.data.calendar import Calendar
from models.sales.data.lengths import published_steps
from models.sales.data.panel import NO_ROW, SalesPanel
from models.sales.forecast import SKIPPED, SalesForecast, dead_series
from models.sales.gate.figures import PRIMARY
from models.sales.gate.stretches import first_length, stretches_of
from models.sales.recipes.model import SalesModel
from models.sales.totals.spans import PERIOD, spans_of
from nightcast.values import WHOLE, Part, Product, to_date, to_day
from sql import tables
from sql.engine import Database
from sql.hindsight.changes import expected_by_period
from sql.ledger.live_reviews import LiveMeasure
from sql.ledger.reviews import OpenRun, Review
from sql.settings import Frequency, SourceSettings
from tasks.hindsight.interface import Expected, Outcomes
from tasks.night import Choice, Night, Prepared, Sections, SourceRows
from tasks.prepare import check_freshness
from tasks.product import Batch, LocatedSource, Parameters, Past, ProductSteps, Rooms
from tasks.read import code_rows
from tasks.sales.labels import settle_rows
from tasks.sales.preparing import KnownSales, known_sales, merged_rows
from tasks.sales.reading import LabelReader, locate_sales, sales_batches
from tasks.sales.reviewing import NOUNS, has_periods_of, review_series
from tasks.sales.tables import sales_forecast_rows, series_status_rows, total_rows

BATCH_SERIES = 2_000


class SalesSteps(ProductSteps[KnownSales, SalesModel]):
    """Sales: the steps turn rows into a panel, and forecast all periods of the horizon for every series.

    Attributes:
        forecast_table: the table of the forecasts by series and step.
        actual_table: the table that keeps what came.
        total_table: the table of the totals by group and span.
        actual_days: the days before the as-of of which it is kept even where nothing was forecast.
        whole_series: the series that is the sum of all others; None: all series together are the whole.
    """

    name: ClassVar[Product] = Product.SALES
    source: ClassVar[str] = "sales"
    subject: ClassVar[str] = "series"
    to_exclude: ClassVar[str] = "a query in [source.sales] leaves them out"
    forecast_table: ClassVar[sa.Table] = tables.sales_forecast
    total_table: ClassVar[sa.Table] = tables.sales_total
    actual_table: ClassVar[sa.Table] = tables.sales_actual
    actual_days: ClassVar[int] = 0
    whole_series: ClassVar[str | None] = None

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
        result, rowless = self.forecast(night, prepared, choice), panel.last_row == NO_ROW
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

    def forecast(self, night: Night, prepared: Prepared[KnownSales], choice: Choice[SalesModel]) -> SalesForecast:
        """The forecast of all series."""
        from models.sales.forecast import forecast

        panel = prepared.known.panel
        return forecast(choice.model, panel, choice.skill, self._published(night, panel))

    def forecast_rows(
        self, night: Night, prepared: Prepared[KnownSales], result: SalesForecast, chosen: slice
    ) -> pa.Table:
        """The rows of some series in the table of forecasts."""
        return sales_forecast_rows(night, prepared.ids, result, chosen)

    def rows_to_write(self, night: Night, prepared: Prepared[KnownSales]) -> int:
        """The number of rows in `batches`."""
        panel = prepared.known.panel
        series = np.count_nonzero(panel.observations > 0)
        steps = self._published(night, panel) or panel.lengths.horizon
        spans = spans_of(panel.calendar, panel.end, steps)
        longer = sum(span.name != PERIOD for span in spans)
        groups = sum(len(grouping.values) for grouping in prepared.known.groupings)
        return int(series * (steps + longer) + groups * len(spans) + panel.series_count)

    def _published(self, night: Night, panel: SalesPanel) -> int | None:
        """The steps that are published; None: all of the model's horizon."""
        return published_steps(self.model_settings(night.sections), panel.calendar, night.question.day)

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

    def parts(self, prepared: Prepared[KnownSales], run: OpenRun) -> list[Part]:
        """The stretches of its steps, and the whole; see `ProductSteps.parts`.

        Without rows, or with periods of another frequency than tonight's, there is only the whole, without scores.
        """
        from models.sales.review import parts_of

        calendar = prepared.known.panel.calendar
        if run.last_label is None:
            return [Part(WHOLE, to_day(run.as_of))]
        if not has_periods_of(calendar, run):
            return [Part(WHOLE, int(calendar.last_day(calendar.ordinal(to_day(run.last_label)))))]
        return parts_of(calendar, int(calendar.ordinal(to_day(run.as_of))), run.ends[0])

    def review(self, night: Night, prepared: Prepared[KnownSales], run: OpenRun, parts: Sequence[str]) -> Review:
        """Compare published steps with observed values; see `ProductSteps.review`."""
        return review_series(night, prepared, self.forecast_table, run, parts)

    def outcomes(self, prepared: Prepared[KnownSales]) -> Outcomes:
        """The values of the periods through the last one with a row."""
        panel = prepared.known.observed
        count = panel.source_end - panel.first_ordinal
        periods = panel.calendar.label(panel.first_ordinal + np.arange(count))
        values = panel.values[:, :count]
        return Outcomes(self.forecast_table, self.actual_table, self.actual_days, periods, values)

    def periods(self, prepared: Prepared[KnownSales]) -> str:
        """The noun of the calendar's periods."""
        return NOUNS[prepared.known.panel.calendar.family]

    def expected(self, database: Database, prepared: Prepared[KnownSales], run_id: str) -> Mapping[str, Expected]:
        """The sum of the means of all series by period."""
        rows = expected_by_period(database, self.forecast_table, run_id, self.whole_series)
        days = np.array([to_day(label) for label, _ in rows], np.int64)
        totals = np.array([total for _, total in rows], np.float64)
        return {"total": _by_period(prepared.known.panel.calendar, days, totals)}

    def expected_by(self, prepared: Prepared[KnownSales], model: SalesModel) -> Mapping[str, Expected]:
        """The sum of the means of all series by period."""
        from models.sales.forecast import forecast

        panel, mean = prepared.known.panel, forecast(model, prepared.known.panel).mean
        if self.whole_series is not None:
            mean = mean[np.asarray(pc.equal(prepared.ids, self.whole_series))]
        return {"total": _by_period(panel.calendar, panel.step_days.astype(np.int64), np.nansum(mean, axis=0))}

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

        return SalesPast(prepared.known.observed, self.model_settings(sections), through)


def _by_period(calendar: Calendar, label: Integers, total: Floats) -> Expected:
    """Totals of periods by their labels."""
    ordinal = calendar.ordinal(label)
    return Expected(calendar.first_day(ordinal), calendar.last_day(ordinal), total)
