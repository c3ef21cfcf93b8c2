"""Forecasting everybody, and appending the rows batch by batch under the run's own id, where no reader sees them."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from numpy.typing import NDArray

from models.next_visit.forecast import NextVisitForecast
from models.next_visit.forecast import forecast as forecast_customers
from models.sales.data.panel import NO_ROW
from models.sales.forecast import SKIPPED, SalesForecast
from models.sales.forecast import forecast as forecast_series
from nightcast.values import Bins, to_date
from sql import tables
from sql.ledger import runs as ledger
from sql.writing import append, nulls_for_nan
from tasks.night import Night, Serving

BATCH_CUSTOMERS = 20_000
BATCH_SERIES = 2_000

QUANTILE_COLUMNS = ("q025", "q10", "q50", "q90", "q975")

Batch = list[tuple[sa.Table, pa.Table]]
"""What is appended in one transaction."""


def score_customers(night: Night) -> int:
    """Forecast every customer and append the rows; returns how many were written, or would be in a dry run.

    May be repeated: what an earlier try has written is removed first.
    """
    return _append_all(night, _customer_batches(night), len(night.ids))


def score_series(night: Night) -> int:
    """Forecast every series and append the rows; returns how many were written, or would be. May be repeated."""
    return _append_all(night, _series_batches(night), len(night.ids))


def _append_all(night: Night, batches: Iterator[tuple[int, Batch]], subjects: int) -> int:
    """Append batch after batch, each in a transaction that proves that the run is still ours."""
    written = 0
    if night.run is not None:
        with night.database.write() as connection:
            ledger.clear(connection, night.run)
    for done, batch in batches:
        written += sum(rows.num_rows for _, rows in batch)
        if night.run is not None:
            with night.database.write() as connection:
                for table, rows in batch:
                    append(connection, table, nulls_for_nan(rows))
                ledger.record(connection, night.run, rows_written=written)
        night.progress(done / max(subjects, 1))
    night.facts["rows_written"] = written
    return written


def _serving(night: Night) -> Serving:
    if night.serving is None:
        raise RuntimeError("a model has to be chosen before anybody is scored")
    return night.serving


def _run_ids(night: Night, size: int) -> pa.Array:
    return pa.array([night.run.run_id if night.run else "dry run"]).take(pa.array(np.zeros(size, dtype=np.int64)))


def _dates(days: NDArray[Any]) -> pa.Array:
    return pa.array(days.astype(np.int32)).cast(pa.date32())


def _customer_batches(night: Night) -> Iterator[tuple[int, Batch]]:
    history, model = night.history, _serving(night).model
    if history is None:
        raise RuntimeError("the visits have to be prepared before customers are scored")
    yield 0, [(tables.visit_bin, _bin_rows(night, model.bins))]
    for start in range(0, history.customers, BATCH_CUSTOMERS):
        stop = min(start + BATCH_CUSTOMERS, history.customers)
        result = forecast_customers(model, history.slice(start, stop), night.question.day)
        ids = night.ids.slice(start, stop - start)
        yield (
            stop,
            [
                (tables.next_visit, _customer_rows(night, ids, result)),
                (tables.next_visit_bin, _probability_rows(night, ids, result)),
            ],
        )


def _bin_rows(night: Night, bins: Bins) -> pa.Table:
    def date_of(day: int | None) -> datetime.date | None:
        return None if day is None else to_date(night.question.day + day - 1)

    ranges = bins.ranges
    return pa.table(
        {
            "run_id": _run_ids(night, bins.count),
            "bin": pa.array(range(1, bins.count + 1), pa.int16()),
            "from_day": pa.array([first for first, _ in ranges], pa.int32()),
            "to_day": pa.array([last for _, last in ranges], pa.int32()),
            "label": bins.labels,
            "from_date": pa.array([date_of(first) for first, _ in ranges], pa.date32()),
            "to_date": pa.array([date_of(last) for _, last in ranges], pa.date32()),
        }
    )


def _customer_rows(night: Night, ids: pa.Array, result: NextVisitForecast) -> pa.Table:
    return pa.table(
        {
            "run_id": _run_ids(night, len(ids)),
            "customer_id": ids,
            "last_visit_on": _dates(result.last_visit_day),
            "visit_days": result.visit_days,
            "elapsed_days": result.elapsed_days,
            "amount_total": result.amount_total,
            "likely_bin": result.likely_bin,
            "likely_bin_probability": result.likely_bin_probability,
            "median_days_ahead": result.median_days,
            "return_probability": result.return_probability,
        }
    )


def _probability_rows(night: Night, ids: pa.Array, result: NextVisitForecast) -> pa.Table:
    customers, bins = result.probabilities.shape
    return pa.table(
        {
            "run_id": _run_ids(night, customers * bins),
            "customer_id": ids.take(pa.array(np.repeat(np.arange(customers), bins))),
            "bin": np.tile(np.arange(1, bins + 1, dtype=np.int16), customers),
            "probability": result.probabilities.ravel(),
        }
    )


def _series_batches(night: Night) -> Iterator[tuple[int, Batch]]:
    serving, panel = _serving(night), night.panel
    if panel is None:
        raise RuntimeError("the sales have to be prepared before series are scored")
    result, rowless = (
        forecast_series(serving.model, panel, night.sections.sales, serving.record),
        panel.last_row == NO_ROW,
    )
    for start in range(0, panel.series_count, BATCH_SERIES):
        chosen = slice(start, min(start + BATCH_SERIES, panel.series_count))
        yield (
            chosen.stop,
            [
                (tables.sales_forecast, _step_rows(night, result, chosen)),
                (tables.series_status, _status_rows(night, result, rowless, chosen)),
            ],
        )


def _step_rows(night: Night, result: SalesForecast, chosen: slice) -> pa.Table:
    """One row per series and step; series without a usable row have none."""
    series = np.arange(chosen.start, chosen.stop)[result.status[chosen] != SKIPPED]
    horizon = len(result.period_day)
    repeated = pa.array(np.repeat(series, horizon))
    columns = {
        "run_id": _run_ids(night, len(series) * horizon),
        "series_id": night.ids.take(repeated),
        "period": _dates(np.tile(result.period_day, len(series))),
        "step": np.tile(np.arange(1, horizon + 1, dtype=np.int32), len(series)),
        "mean": result.mean[series].ravel(),
    }
    quantiles = result.quantiles[series].reshape(-1, len(QUANTILE_COLUMNS))
    columns |= {name: quantiles[:, position] for position, name in enumerate(QUANTILE_COLUMNS)}
    columns["model"] = pa.array(result.model[series].astype(object), pa.string()).take(
        pa.array(np.repeat(np.arange(len(series)), horizon))
    )
    return pa.table(columns)


def _status_rows(night: Night, result: SalesForecast, rowless: NDArray[np.bool_], chosen: slice) -> pa.Table:
    last_day = result.last_day[chosen]
    return pa.table(
        {
            "run_id": _run_ids(night, len(last_day)),
            "series_id": night.ids.slice(chosen.start, len(last_day)),
            "status": pa.array(result.status[chosen], pa.string()),
            "model": _texts(result.model[chosen]),
            "reason": _texts(result.reason[chosen]),
            "observations": result.observations[chosen].astype(np.int32),
            "last_period": pa.array(last_day, mask=rowless[chosen]).cast(pa.date32()),
            "skill": result.skill[chosen],
        }
    )


def _texts(values: NDArray[Any]) -> pa.Array:
    """Texts, null where empty."""
    return pa.array(values, pa.string(), mask=values == "")
