"""Forecasts of next visits as rows of our tables."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models.next_visit.forecast import DATE_SHARES, NextVisitForecast
from models.next_visit.value.value import CustomerValue
from nightcast.values import Bins, to_date
from sql.tables import BIN_COLUMNS
from tasks.forecast import dates, run_ids, run_numbers
from tasks.night import Night


def visit_bin_rows(night: Night, bins: Bins) -> pa.Table:
    """One row per bin: its days, and their dates."""

    def date_of(day: int | None) -> datetime.date | None:
        return None if day is None else to_date(night.question.day + day - 1)

    ranges = bins.ranges
    return pa.table(
        {
            "run_id": run_ids(night, bins.count),
            "bin": pa.array(range(1, bins.count + 1), pa.int16()),
            "from_day": pa.array([first for first, _ in ranges], pa.int32()),
            "to_day": pa.array([last for _, last in ranges], pa.int32()),
            "label": bins.labels,
            "from_date": pa.array([date_of(first) for first, _ in ranges], pa.date32()),
            "to_date": pa.array([date_of(last) for _, last in ranges], pa.date32()),
        }
    )


def next_visit_rows(night: Night, ids: pa.Array, forecast: NextVisitForecast) -> pa.Table:
    """One row per customer, as `next_visit_stored` has it; the last bin has what the others leave."""
    within = _at_most_one(forecast.probabilities[:, :-1])
    days = {
        f"date_{round(100 * share)}": dates(night.question.day + forecast.days_ahead[:, place] - 1)
        for place, share in enumerate(DATE_SHARES)
    }
    return pa.table(
        {
            "run_number": run_numbers(night, len(ids)),
            "customer_id": ids,
            **dict(zip(BIN_COLUMNS, within.T, strict=False)),
            "last_visit_on": dates(forecast.last_visit_day),
            "visit_days": forecast.visit_days,
            "elapsed_days": forecast.elapsed_days,
            "amount_total": forecast.amount_total,
            "likely_bin": forecast.likely_bin,
            "median_days_ahead": _small(forecast.days_ahead[:, DATE_SHARES.index(0.5)]),
            "habit_probability": forecast.habit_probability,
            "season_probability": forecast.season_probability,
            **days,
            **_value_columns(forecast.value),
        }
    )


def with_bookings(rows: pa.Table, booked: NDArray[np.float64]) -> pa.Table:
    """The rows of customers with the day of their next booking, float64 (n,), in days since 1970-01-01; NaN: none."""
    none = np.isnan(booked)
    days = pa.array(np.where(none, 0, booked).astype(np.int32), mask=none)
    return rows.append_column("booked_on", days.cast(pa.date32()))


def _value_columns(value: CustomerValue) -> dict[str, Any]:
    return {
        "usual_interval_days": value.usual_interval,
        "amount_year": value.amount_year,
        "state_number": pa.array(value.state.astype(np.int16) + 1, mask=value.state < 0),
        "expected_visits_28": value.visits_28,
        "expected_visits_365": value.visits_365,
        "expected_amount_365": value.amount_365,
    }


def _at_most_one(within: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same probabilities (n, K - 1), of which no row sums to more than 1 by rounding, in their order."""
    total = np.cumsum(within, axis=1)[:, -1:]
    return np.where(total > 1.0, within * (1.0 - 1e-15), within)


def _small(numbers: NDArray[np.float64]) -> pa.Array:
    """Whole numbers as small integers; null where one is NaN."""
    none = np.isnan(numbers)
    return pa.array(np.where(none, 0, numbers).astype(np.int16), mask=none)


def next_visit_day_rows(night: Night, expected: NDArray[np.float64]) -> pa.Table:
    """One row per day of the horizon; `expected` has the customers whose next visit is expected on it."""
    day = np.arange(1, len(expected) + 1, dtype=np.int32)
    return pa.table(
        {
            "run_id": run_ids(night, len(day)),
            "day": day,
            "date": dates(night.question.day + day - 1),
            "customers": expected,
        }
    )
