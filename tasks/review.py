"""The step `review`: compare published forecasts with their outcome, once, when it is known."""

from __future__ import annotations

import logging

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from nightcast.errors import UnavailableError
from nightcast.values import to_date
from sql.ledger.reviews import DueRun, ForecastRows, add_review, due_runs
from tasks.night import Known, Model, Night, Prepared
from tasks.product import ProductSteps

MOST_RUNS = 60
"""Most reviews in one night, the oldest first; those of a long backfill are spread over several nights."""

PATIENCE_DAYS = 31
"""How long a review waits for a source that is behind; without the wait, late rows would count as absent."""

logger = logging.getLogger("nightcast")


def review(night: Night, product: ProductSteps[Known, Model], prepared: Prepared[Known]) -> int:
    """Review earlier published forecasts whose horizon is over; returns their number.

    A dry run reviews nothing. A failure leads to a warning and another try on the next night, since tonight's forecast
    is published already.
    """
    if night.run is None:
        return 0
    try:
        through = _due_through(night, prepared)
        due = due_runs(night.database, night.product, to_date(through), MOST_RUNS)
        return sum(
            _reviewed(night, product, prepared, run, through, number / len(due))
            for number, run in enumerate(due, start=1)
        )
    except Exception as error:
        _warn(night, "earlier forecasts", error)
        return 0


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
    night: Night,
    product: ProductSteps[Known, Model],
    prepared: Prepared[Known],
    run: DueRun,
    through: int,
    share: float,
) -> bool:
    """Review one run; after a failure the others are still reviewed, unless the database cannot be reached."""
    try:
        result = product.review(night, prepared, run, through)
        return result is not None and add_review(night.database, run, to_date(result.through), result.figures)
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
