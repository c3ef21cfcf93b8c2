"""The step `review`: compare each part of a published forecast with its outcome, once, when it is known."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from nightcast.errors import UnavailableError
from nightcast.values import Part, to_date
from sql.ledger.reviews import ForecastRows, OpenRun, add_review, open_runs
from tasks.night import Known, Model, Night, Prepared
from tasks.product import ProductSteps

MOST_RUNS = 60
"""Most runs that are reviewed in one night; those of a long backfill are spread over several nights."""

PATIENCE_DAYS = 31
"""How long a review waits for a source that is behind; without the wait, late rows would count as absent."""

logger = logging.getLogger("nightcast")


@dataclass(frozen=True)
class DueRun:
    """A published run, its parts that are due, and whether it was made after the day of its as-of."""

    run: OpenRun
    parts: list[Part]
    is_backfill: bool


def review(night: Night, product: ProductSteps[Known, Model], prepared: Prepared[Known]) -> int:
    """Review the parts of earlier published forecasts whose days are over; returns the number of runs.

    A dry run reviews nothing. A failure leads to a warning and another try on the next night, since tonight's forecast
    is published already.
    """
    if night.run is None:
        return 0
    try:
        due = due_runs(night, product, prepared)[:MOST_RUNS]
        return sum(
            _reviewed(night, product, prepared, one, number / len(due)) for number, one in enumerate(due, start=1)
        )
    except Exception as error:
        _warn(night, "earlier forecasts", error)
        return 0


def due_runs(night: Night, product: ProductSteps[Known, Model], prepared: Prepared[Known]) -> list[DueRun]:
    """The runs with parts to review tonight, those of backfills last, the oldest as-of first."""
    through, zone, due = _due_through(night, prepared), ZoneInfo(night.question.timezone), []
    for run in open_runs(night.database, night.product, to_date(through)):
        try:
            parts = product.parts(prepared, run)
        except Exception as error:
            _warn(night, f"the forecast of {run.as_of} (run {run.run_id})", error)
            continue
        parts = [part for part in parts if part.last_day <= through and part.name not in run.reviewed]
        if parts:
            due.append(DueRun(run, parts, run.started_at.astimezone(zone).date() > run.as_of))
    return sorted(due, key=lambda one: one.is_backfill)


def settled_through(night: Night, prepared: Prepared[Known]) -> int:
    """The last day whose outcome is settled: `settle_days` have passed, and the source reaches it."""
    arrived = -1 if prepared.data_through is None else prepared.data_through
    return min(_late_rows_through(night), arrived)


def _due_through(night: Night, prepared: Prepared[Known]) -> int:
    """The last day that is reviewed: it is settled, or the wait for it is over."""
    return max(settled_through(night, prepared), _late_rows_through(night) - PATIENCE_DAYS)


def _late_rows_through(night: Night) -> int:
    return night.question.day - 1 - night.sections.model.settle_days


def _reviewed(
    night: Night, product: ProductSteps[Known, Model], prepared: Prepared[Known], due: DueRun, share: float
) -> bool:
    """Review one run; after a failure the others are still reviewed, unless the database cannot be reached."""
    run, parts = due.run, due.parts
    try:
        result = product.review(night, prepared, run, [part.name for part in parts])
        return add_review(night.database, run, parts, result, is_backfill=due.is_backfill)
    except UnavailableError:
        raise
    except Exception as error:
        _warn(night, f"the forecast of {run.as_of} (run {run.run_id})", error)
        return False
    finally:
        night.progress(share)


def _warn(night: Night, what: str, error: Exception) -> None:
    logger.debug("A review failed.", exc_info=error)
    text = str(error).strip().partition("\n")[0] or type(error).__name__
    night.warn(f"{what} could not be reviewed: {text}")


def places(rows: ForecastRows, ids: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Tonight's code of each row's subject, and whether there is one: a subject may have left the source."""
    code = pc.index_in(rows.ids, value_set=ids).fill_null(-1).cast(pa.int64())
    place = np.asarray(code)[rows.code]
    return place, place >= 0
