"""The part of sales in each step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar, get_args

import numpy as np

from models.sales.data.panel import NO_ROW, SalesPanel
from models.sales.forecast import dead_series
from models.sales.gate.figures import PRIMARY
from models.sales.recipes.model import SalesModel
from nightcast.values import Product, to_day
from sql import tables
from sql.engine import Database
from sql.ledger.reviews import DueRun, read_forecast
from sql.settings import Frequency, SourceSettings
from tasks.night import Choice, Night, Prepared, Sections, SourceRows
from tasks.prepare import check_freshness
from tasks.product import Batch, LocatedSource, Parameters, Past, ProductSteps, Review, Rooms
from tasks.read import RowReader, code_rows
from tasks.review import places
from tasks.sales.preparing import KnownSales, known_sales
from tasks.sales.reading import locate_sales, sales_batches
from tasks.sales.tables import sales_forecast_rows, series_status_rows

BATCH_SERIES = 2_000


class SalesSteps(ProductSteps[KnownSales, SalesModel]):
    """Sales: the steps turn rows into a panel, and forecast all periods of the horizon for every series."""

    name: ClassVar[Product] = Product.SALES
    source: ClassVar[str] = "sales"
    subject: ClassVar[str] = "series"
    primary_metric: ClassVar[str] = PRIMARY

    def check(self, database: Database, source: SourceSettings) -> LocatedSource:
        """Locate the sales; see `ProductSteps.check`."""
        return locate_sales(database, source.sales)

    def read(self, night: Night, located: LocatedSource) -> SourceRows:
        """Read the sales before the as-of; a period is a label, which no time zone moves."""
        reader = RowReader(night, self, "value", night.question.timezone)
        return code_rows(sales_batches(night, located, reader), reader, with_mentioned=True)

    def prepare(self, night: Night, rows: SourceRows) -> Prepared[KnownSales]:
        """Put the sales on their calendar; see `ProductSteps.prepare`."""
        known = known_sales(night, rows)
        panel = known.panel
        if not (panel.last_row > NO_ROW).any():
            return Prepared(rows.ids, known, None)
        data_through = min(panel.data_through, night.question.day - 1)
        if panel.source_end < panel.end:  # a whole period is missing, not just the current one
            check_freshness(night, self, data_through)
        return Prepared(rows.ids, known, data_through)

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
        from models.sales.forecast import forecast

        ids, panel = prepared.ids, prepared.known.panel
        result, rowless = forecast(choice.model, panel, choice.skill), panel.last_row == NO_ROW
        for note in result.notes:
            night.warn(note)
        for start in range(0, panel.series_count, BATCH_SERIES):
            chosen = slice(start, min(start + BATCH_SERIES, panel.series_count))
            rows = [
                (tables.sales_forecast, sales_forecast_rows(night, ids, result, chosen)),
                (tables.series_status, series_status_rows(night, ids, result, rowless, chosen)),
            ]
            yield Batch(rows, chosen.stop)

    def rows_to_write(self, night: Night, prepared: Prepared[KnownSales]) -> int:
        """The number of rows in `batches`."""
        panel = prepared.known.panel
        series = np.count_nonzero(panel.observations > 0)
        return int(series * panel.lengths.horizon + panel.series_count)

    def not_forecast(self, prepared: Prepared[KnownSales]) -> str:
        """Numbers of series that have ended, or have no known value, in words."""
        panel = prepared.known.panel
        ended = int(np.count_nonzero(dead_series(panel)))
        empty = int(np.count_nonzero(panel.observations == 0))
        parts = [f"{ended} ended, zeros" if ended else "", f"{empty} without a known value, skipped" if empty else ""]
        return "; ".join(part for part in parts if part)

    def review(self, night: Night, prepared: Prepared[KnownSales], run: DueRun, through: int) -> Review | None:
        """Compare published steps with observed sales; see `ProductSteps.review`."""
        from models.sales.review import review_published

        panel = prepared.known.observed
        last = int(panel.calendar.ordinal(to_day(run.last)))
        reviewed_through = int(panel.calendar.last_day(last))
        if reviewed_through > through:
            return None
        origin = int(panel.calendar.ordinal(to_day(run.as_of)))
        columns = ("step", "mean", *tables.QUANTILES)
        rows = read_forecast(night.database, tables.sales_forecast, run.run_id, "series_id", columns)
        step, *values = rows.numbers
        horizon = int(step.max(initial=0.0))
        forecasts = np.full((panel.series_count, horizon, len(values)), np.nan)
        if horizon and (origin + horizon - 1 != last or int(panel.calendar.label(last)) != to_day(run.last)):
            # It is stored as reviewed, with no series: otherwise it would be due again every night.
            night.warn(
                f"the forecast of {run.as_of} is not reviewed: its periods are not of the frequency "
                f"{panel.calendar.frequency}"
            )
        else:
            place, is_known = places(rows, prepared.ids)
            forecasts[place[is_known], step[is_known].astype(np.int64) - 1] = np.stack(values, axis=1)[is_known]
        figures = review_published(panel, origin, forecasts[:, :, 0], forecasts[:, :, 1:])
        return Review(reviewed_through, figures)

    def recipe_input(self, prepared: Prepared[KnownSales]) -> SalesPanel:
        """The panel without outliers."""
        return prepared.known.panel

    def pinned(self, source: SourceSettings, prepared: Prepared[KnownSales]) -> SourceSettings:
        """The settings with the resolved frequency; the first month of a quarter or year follows from the rows."""
        frequency = prepared.known.panel.calendar.frequency
        kept = frequency if frequency in get_args(Frequency) else frequency.partition("-")[0]
        return source.model_copy(update={"sales": source.sales.model_copy(update={"frequency": kept})})

    def limited(self, then: Prepared[KnownSales], tonight: Prepared[KnownSales]) -> Prepared[KnownSales]:
        """Covariates reach no farther ahead than tonight; see `ProductSteps.limited`."""
        return replace(then, known=then.known.limited(tonight.known))

    def past(self, sections: Sections, prepared: Prepared[KnownSales], through: int) -> Past:
        """The past of the series; see `ProductSteps.past`."""
        from models.sales.backtest import SalesPast

        return SalesPast(prepared.known.observed, sections.sales, through)
