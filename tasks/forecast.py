"""The step `forecast`: forecast every subject, and append the rows in batches under the run's own ID.

A batch is written by another thread while the next one is computed. No view for readers shows rows before their run is
published.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sql.ledger import runs
from sql.writing import append, nulls_for_nan
from tasks.night import Choice, Known, Model, Night, Prepared
from tasks.product import Batch, ProductSteps


def forecast(
    night: Night, product: ProductSteps[Known, Model], prepared: Prepared[Known], choice: Choice[Model]
) -> int:
    """Forecast every subject and append the rows; returns the number of rows written, or to write in a dry run.

    May be repeated: rows of an earlier try are removed first.
    """
    if night.run is not None:
        with night.database.write() as connection:
            runs.clear(connection, night.run)
    written, subjects = 0, max(len(prepared.ids), 1)
    with ThreadPoolExecutor(1, "writer") as writer:
        appending = _finished()
        for batch in product.batches(night, prepared, choice):
            written += sum(rows.num_rows for _, rows in batch.rows)
            appending.result()  # one batch at a time is in memory beside the next one
            appending = writer.submit(_append, night, batch, written)
            night.progress(batch.subjects / subjects)
        appending.result()
    night.entry.rows_written = written
    return written


def _finished() -> Future[None]:
    """The future of a batch before the first one."""
    future: Future[None] = Future()
    future.set_result(None)
    return future


def _append(night: Night, batch: Batch, written: int) -> None:
    """Append a batch in a transaction that checks that the run is still running."""
    if night.run is None:
        return
    with night.database.write() as connection:
        for table, rows in batch.rows:
            append(connection, table, nulls_for_nan(rows))
        runs.record(connection, night.run, rows_written=written)


def run_ids(night: Night, size: int) -> pa.Array:
    """The run's ID, once for each row."""
    return pa.array([night.run.run_id if night.run else "dry run"]).take(pa.array(np.zeros(size, dtype=np.int64)))


def run_numbers(night: Night, size: int) -> pa.Array:
    """The run's short number, once for each row; 0 in a dry run."""
    number = night.run.run_number if night.run is not None else 0
    return pa.array(np.full(size, number, dtype=np.int32))


def dates(days: NDArray[Any]) -> pa.Array:
    """Days since 1970-01-01 as dates; null where a day is NaN."""
    is_known = np.isfinite(days)
    return pa.array(np.where(is_known, days, 0).astype(np.int32), mask=~is_known).cast(pa.date32())
