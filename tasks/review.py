"""Looking back: published forecasts whose time has come are scored against what happened, each of them once."""

from __future__ import annotations

import logging

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from nightcast.errors import UnavailableError
from nightcast.values import Bins, Evaluation, Product, to_date, to_day
from sql.ledger.reviews import DueRun, ForecastRows, add_review, bin_edges, due_runs, read_forecast
from sql.tables import next_visit_bin, sales_forecast
from tasks.forecast import QUANTILE_COLUMNS
from tasks.night import Night

MOST_RUNS = 60
"""Scored in one night, the oldest first; a long backfill is caught up with over several nights."""

PATIENCE_DAYS = 31
"""How long a forecast waits for a source that is behind; scored at once, what is still to come would count as none."""

logger = logging.getLogger("nightcast")


def look_back(night: Night) -> int:
    """Score earlier published forecasts whose time has come; returns how many.

    A dry run scores nothing. What goes wrong is warned of and tried again on the next night: tonight's forecast is
    published already.
    """
    if night.run is None:
        return 0
    try:
        through = known_through(night)
        due = due_runs(night.database, night.product, to_date(through), MOST_RUNS)
        return sum(_scored(night, run, through, number / len(due)) for number, run in enumerate(due, start=1))
    except Exception as error:
        _warn(night, "earlier forecasts", error)
        return 0


def known_through(night: Night) -> int:
    """The last day whose outcome is settled: late rows have had their time, and the source has gone on since."""
    settled = night.question.day - 1 - night.sections.model.settle_days
    arrived = _data_through(night)
    return max(min(settled, arrived), settled - PATIENCE_DAYS)


def _data_through(night: Night) -> int:
    if night.panel is not None:
        return night.panel.data_through
    through = night.history.data_through if night.history is not None else None
    return -1 if through is None else through


def _scored(night: Night, run: DueRun, through: int, share: float) -> bool:
    """Score one run; one that fails does not hold up the others, unless the database is gone."""
    try:
        return _score(night, run, through)
    except UnavailableError:
        raise
    except Exception as error:
        _warn(night, f"the forecast of {run.as_of} (run {run.run_id})", error)
        return False
    finally:
        night.progress(share)


def _warn(night: Night, what: str, error: Exception) -> None:
    logger.debug("Looking back failed.", exc_info=error)
    text = str(error).strip().partition("\n")[0] or type(error).__name__
    night.warn(f"{what} could not be scored: {text}")


def _score(night: Night, run: DueRun, through: int) -> bool:
    found = _customers_scored(night, run) if run.product == Product.NEXT_VISIT else _series_scored(night, run, through)
    if found is None:
        return False
    scored_through, figures = found
    return add_review(night.database, run, to_date(scored_through), figures)


def _customers_scored(night: Night, run: DueRun) -> tuple[int, list[Evaluation]]:
    """The last day that was looked at, and the figures."""
    from models.next_visit.review import score_published

    if night.history is None:
        raise RuntimeError("the visits have to be prepared before earlier forecasts are scored")
    bins = Bins.of(bin_edges(night.database, run.run_id))
    rows = read_forecast(night.database, next_visit_bin, run.run_id, "customer_id", ("bin", "probability"))
    number, probability = rows.numbers
    probabilities = np.full((night.history.customers, bins.count), np.nan)
    at, known = _place(night, rows)
    probabilities[at[known], number[known].astype(np.int64) - 1] = probability[known]
    return to_day(run.last), score_published(night.history, to_day(run.as_of), bins, probabilities)


def _series_scored(night: Night, run: DueRun, through: int) -> tuple[int, list[Evaluation]] | None:
    """The same for sales; None while the last period goes on."""
    from models.sales.review import score_published

    panel = night.panel
    if panel is None:
        raise RuntimeError("the sales have to be prepared before earlier forecasts are scored")
    last = int(panel.calendar.ordinal(to_day(run.last)))
    scored_through = int(panel.calendar.last_day(last))
    if scored_through > through:
        return None
    origin = int(panel.calendar.ordinal(to_day(run.as_of)))
    rows = read_forecast(night.database, sales_forecast, run.run_id, "series_id", ("step", "mean", *QUANTILE_COLUMNS))
    step, *values = rows.numbers
    horizon = int(step.max(initial=0.0))
    forecasts = np.full((panel.series_count, horizon, len(values)), np.nan)
    if horizon and (origin + horizon - 1 != last or int(panel.calendar.label(last)) != to_day(run.last)):
        # Marked as scored all the same, with no series: it would come up again every night, and for ever.
        night.warn(f"the forecast of {run.as_of} is of other periods than {panel.calendar.frequency}: it has no scores")
    else:
        at, known = _place(night, rows)
        forecasts[at[known], step[known].astype(np.int64) - 1] = np.stack(values, axis=1)[known]
    figures = score_published(panel, night.sections.sales, origin, forecasts[:, :, 0], forecasts[:, :, 1:])
    return scored_through, figures


def _place(night: Night, rows: ForecastRows) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The code that each row's subject has tonight, and whether it has one: it may have gone from the source since."""
    code = pc.index_in(rows.ids, value_set=night.ids).fill_null(-1).cast(pa.int64())
    at = np.asarray(code)[rows.code]
    return at, at >= 0
