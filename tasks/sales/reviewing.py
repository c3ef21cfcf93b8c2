"""Reviews of published forecasts of series."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from models.sales.data.calendar import Calendar
from nightcast.values import WHOLE, to_day
from sql.ledger.reviews import OpenRun, Review, read_forecast
from sql.tables import QUANTILES, series_score
from tasks.night import Night, Prepared
from tasks.review import places
from tasks.sales.preparing import KnownSales

NOUNS = {"D": "days", "B": "days", "W": "weeks", "M": "months", "Q": "quarters", "Y": "years"}
"""What the periods of each family of calendars are called."""


def review_series(
    night: Night, prepared: Prepared[KnownSales], table: sa.Table, run: OpenRun, parts: Sequence[str]
) -> Review:
    """Compare published steps with what came; see `ProductSteps.review`. `table` has the forecasts."""
    from models.sales.review import beside_outcome, figures_of, series_scores

    panel = prepared.known.observed
    forecasts = np.full((panel.series_count, max(run.ends, default=0), 1 + len(QUANTILES)), np.nan)
    if has_periods_of(panel.calendar, run):
        columns = ("step", "mean", *QUANTILES)
        rows = read_forecast(night.database, table, run.run_id, "series_id", columns)
        step, *values = rows.numbers
        place, is_known = places(rows, prepared.ids)
        forecasts[place[is_known], step[is_known].astype(np.int64) - 1] = np.stack(values, axis=1)[is_known]
    else:
        # It is stored as reviewed, with no series: otherwise it would be due again every night.
        night.warn(
            f"the forecast of {run.as_of} is not reviewed: its periods are not of the frequency "
            f"{panel.calendar.frequency}"
        )
    origin = int(panel.calendar.ordinal(to_day(run.as_of)))
    reviewed = beside_outcome(panel, origin, forecasts[:, :, 0], forecasts[:, :, 1:])
    figures = figures_of(reviewed, parts)
    if WHOLE not in parts or reviewed.theirs is None:
        return Review(figures)
    scores = _rows(prepared.ids, series_scores(reviewed.ours), series_scores(reviewed.theirs))
    return Review(figures, [(series_score, scores)])


def _rows(ids: pa.Array, ours: np.ndarray, theirs: np.ndarray) -> pa.Table:
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


def has_periods_of(calendar: Calendar, run: OpenRun) -> bool:
    """Whether a run was made for the periods of this calendar; True for a run without rows."""
    if run.last_label is None:
        return True
    last = calendar.ordinal(to_day(run.as_of)) + run.ends[0] - 1
    return int(calendar.label(last)) == to_day(run.last_label)
