"""The part of products that forecast series in what follows a publication."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from models.common.arrays import Floats, Integers
from models.sales.data.calendar import Calendar
from models.sales.forecast import SalesForecast
from models.sales.recipes.model import SalesModel
from nightcast.values import WHOLE, Part, to_day
from sql.engine import Database
from sql.hindsight.changes import expected_by_period
from sql.ledger.reviews import OpenRun, Review, read_forecast
from sql.tables import QUANTILES, series_score
from tasks.hindsight.interface import Expected, HindsightSteps, Outcomes
from tasks.night import Choice, Night, Prepared
from tasks.review import places
from tasks.sales.preparing import KnownSales

NOUNS = {"D": "days", "B": "days", "W": "weeks", "M": "months", "Q": "quarters", "Y": "years"}
"""What the periods of each family of calendars are called."""


class SeriesHindsight(HindsightSteps[KnownSales, SalesModel]):
    """Reviews of series, what came of them, and their totals.

    Attributes:
        forecast_table: the table of the forecasts by series and step.
        actual_table: the table that keeps what came.
        actual_days: the days before the as-of of which it is kept even where nothing was forecast.
        whole_series: the series that is the sum of all others; None: all series together are the whole.
    """

    forecast_table: ClassVar[sa.Table]
    actual_table: ClassVar[sa.Table]
    actual_days: ClassVar[int] = 0
    whole_series: ClassVar[str | None] = None

    @abstractmethod
    def forecast(self, prepared: Prepared[KnownSales], choice: Choice[SalesModel]) -> SalesForecast:
        """The forecast of all series."""

    def parts(self, prepared: Prepared[KnownSales], run: OpenRun) -> list[Part]:
        """The stretches of its steps, and the whole; see `HindsightSteps.parts`.

        Without rows, or with periods of another frequency than tonight's, there is only the whole, without scores.
        """
        from models.sales.review import parts_of

        calendar = prepared.known.panel.calendar
        if run.last_label is None:
            return [Part(WHOLE, to_day(run.as_of))]
        if not _has_periods_of(calendar, run):
            return [Part(WHOLE, int(calendar.last_day(calendar.ordinal(to_day(run.last_label)))))]
        return parts_of(calendar, int(calendar.ordinal(to_day(run.as_of))), run.ends[0])

    def review(self, night: Night, prepared: Prepared[KnownSales], run: OpenRun, parts: Sequence[str]) -> Review:
        """Compare published steps with observed values; see `HindsightSteps.review`."""
        from models.sales.review import beside_outcome, figures_of, series_scores

        panel = prepared.known.observed
        mean, quantiles = self._published(night, prepared, run)
        reviewed = beside_outcome(panel, int(panel.calendar.ordinal(to_day(run.as_of))), mean, quantiles)
        figures = figures_of(reviewed, parts)
        if WHOLE not in parts or reviewed.theirs is None:
            return Review(figures)
        scores = _score_rows(prepared.ids, series_scores(reviewed.ours), series_scores(reviewed.theirs))
        return Review(figures, [(series_score, scores)])

    def _published(self, night: Night, prepared: Prepared[KnownSales], run: OpenRun) -> tuple[Floats, Floats]:
        """The published means, (S, H), and quantiles, (S, H, Q), of tonight's series; NaN for those without any."""
        calendar, series = prepared.known.observed.calendar, len(prepared.ids)
        forecasts = np.full((series, max(run.ends, default=0), 1 + len(QUANTILES)), np.nan)
        if _has_periods_of(calendar, run):
            columns = ("step", "mean", *QUANTILES)
            rows = read_forecast(night.database, self.forecast_table, run.run_id, "series_id", columns)
            step, *values = rows.numbers
            place, is_known = places(rows, prepared.ids)
            forecasts[place[is_known], step[is_known].astype(np.int64) - 1] = np.stack(values, axis=1)[is_known]
        else:
            # It is stored as reviewed, with no series: otherwise it would be due again every night.
            frequency = calendar.frequency
            night.warn(f"the forecast of {run.as_of} is not reviewed: its periods are not of the frequency {frequency}")
        return forecasts[:, :, 0], forecasts[:, :, 1:]

    def outcomes(self, prepared: Prepared[KnownSales]) -> Outcomes:
        """The values of the periods that are over, through the last one with a row."""
        panel = prepared.known.observed
        count = min(panel.source_end, panel.end) - panel.first_ordinal
        periods = panel.calendar.label(panel.first_ordinal + np.arange(count))
        return Outcomes(self.forecast_table, self.actual_table, self.actual_days, periods, panel.values[:, :count])

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
        result = self.forecast(prepared, Choice(model, None, promote=False, retrained=False, decision=""))
        mean, calendar = result.mean, prepared.known.panel.calendar
        if self.whole_series is not None:
            mean = mean[np.asarray(pc.equal(prepared.ids, self.whole_series))]
        return {"total": _by_period(calendar, result.period_day.astype(np.int64), np.nansum(mean, axis=0))}


def _score_rows(ids: pa.Array, ours: Floats, theirs: Floats) -> pa.Table:
    """One row per series with a score and metric; both scores are (S, M)."""
    from models.sales.review import SERIES_METRICS

    series, metric = np.nonzero(~np.isnan(ours))
    return pa.table(
        {
            "series_id": ids.take(pa.array(series)),
            "part": pa.repeat(WHOLE, len(series)),
            "metric": pa.array(SERIES_METRICS).take(pa.array(metric)),
            "value": ours[series, metric],
            "baseline_value": theirs[series, metric],
        }
    )


def _has_periods_of(calendar: Calendar, run: OpenRun) -> bool:
    """Whether a run was made for the periods of this calendar; True for a run without rows."""
    if run.last_label is None:
        return True
    last = calendar.ordinal(to_day(run.as_of)) + run.ends[0] - 1
    return int(calendar.label(last)) == to_day(run.last_label)


def _by_period(calendar: Calendar, label: Integers, total: Floats) -> Expected:
    """Totals of periods by their labels."""
    ordinal = calendar.ordinal(label)
    return Expected(calendar.first_day(ordinal), calendar.last_day(ordinal), total)
