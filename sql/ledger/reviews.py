"""Reviews of published runs: which parts are to come, what was forecast, and the scores."""

from __future__ import annotations

import datetime
import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.exc import IntegrityError

from nightcast.values import WHOLE, Evaluation, Part, Product, to_date
from sql.engine import Database
from sql.ledger.model_versions import finite
from sql.source.coding import unified
from sql.source.lookup import SourceRelation
from sql.source.reading import WantedColumn, read_batches
from sql.tables import FORECAST_TABLES, forecast_run, forecast_score, visit_bin
from sql.tables.of_runs import key_of
from sql.writing import append, nulls_for_nan


@dataclass(frozen=True)
class OpenRun:
    """A published run that has not been reviewed as a whole.

    Attributes:
        run_id: its ID.
        product: its product.
        as_of: its as-of.
        started_at: when it began, in UTC.
        ends: the last day of each bin, counted from the as-of; for series the last step alone, or nothing without rows.
        last_label: for series the label of its last period, if it has rows.
        reviewed: the names of its parts that have been reviewed.
    """

    run_id: str
    product: Product
    as_of: datetime.date
    started_at: datetime.datetime
    ends: tuple[int, ...]
    last_label: datetime.date | None = None
    reviewed: frozenset[str] = frozenset()


def open_runs(database: Database, product: Product, through: datetime.date) -> list[OpenRun]:
    """Published runs with an as-of up to `through` that have not been reviewed as a whole, the oldest as-of first.

    Runs of next visits whose rows have been pruned are left out: they can no longer be reviewed.
    """
    is_of_visits = product == Product.NEXT_VISIT
    runs = _open_visits(database, through) if is_of_visits else _open_series(database, product, through)
    score, reviewed = forecast_score.c, defaultdict(set)
    query = sa.select(score.run_id, score.part).where(score.product == product, ~_is_whole(score.run_id)).distinct()
    for row in database.rows(query):
        reviewed[row.run_id].add(row.part)
    return [replace(run, reviewed=frozenset(reviewed[run.run_id])) for run in runs]


def _is_whole(run_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Whether a run has been reviewed as a whole."""
    whole = forecast_score.alias("whole")
    return sa.exists().where(whole.c.run_id == run_id, whole.c.part == WHOLE)


def _open(product: Product, through: datetime.date) -> sa.Select[Any]:
    run = forecast_run.c
    query = sa.select(run.run_id, run.as_of, run.started_at)
    query = query.where(run.product == product, run.status == "published", run.as_of <= through)
    return query.where(~_is_whole(run.run_id)).order_by(run.as_of, run.run_id)


def _open_visits(database: Database, through: datetime.date) -> list[OpenRun]:
    product, table = Product.NEXT_VISIT, visit_bin.c
    query = _open(product, through).join(visit_bin, table.run_id == forecast_run.c.run_id)
    rows = database.rows(query.add_columns(table.to_day).where(table.to_day.is_not(None)).order_by(table.bin))
    return [
        OpenRun(*key[:1], product, *key[1:], ends=tuple(row.to_day for row in bins))
        for key, bins in itertools.groupby(rows, key=lambda row: (row.run_id, row.as_of, row.started_at))
    ]


def _open_series(database: Database, product: Product, through: datetime.date) -> list[OpenRun]:
    # One series is enough, since every series has all steps; the primary key finds it at once.
    forecasts = FORECAST_TABLES[product][0]
    step, other = forecasts.c, forecasts.alias()
    first_series = sa.select(sa.func.min(other.c.series_id)).where(other.c.run_id == forecast_run.c.run_id)
    is_first = step.series_id == first_series.correlate(forecast_run).scalar_subquery()
    last = [
        sa.select(sa.func.max(column))
        .where(step.run_id == forecast_run.c.run_id, is_first)
        .correlate(forecast_run)
        .scalar_subquery()
        for column in (step.step, step.period)
    ]
    query = _open(product, through).add_columns(*last)
    return [
        OpenRun(run_id, product, as_of, started_at, () if steps is None else (steps,), label)
        for run_id, as_of, started_at, steps, label in database.rows(query)
    ]


@dataclass(frozen=True, eq=False)
class ForecastRows:
    """Rows of a forecast; row i belongs to the subject ``ids[code[i]]``.

    Attributes:
        ids: distinct identifiers, text (n,).
        code: int32 (m,).
        numbers: float64 (m,) for each of the columns read.
    """

    ids: pa.Array
    code: NDArray[np.int32]
    numbers: list[NDArray[np.float64]]


def read_forecast(
    database: Database, table: sa.Table, run_id: str, subject: str, numbers: Sequence[str]
) -> ForecastRows:
    """All rows of a run in a forecast table, in any order.

    Args:
        database: where the table is.
        table: the forecast table.
        run_id: the run.
        subject: the column of the identifiers.
        numbers: columns of numbers without nulls.
    """
    source = _rows_of(database, table, run_id, [subject, *numbers])
    wanted = [WantedColumn(subject, "identifier"), *(WantedColumn(name, "number") for name in numbers)]
    ids = [pa.array([], pa.string()).dictionary_encode()]
    values: list[list[NDArray[np.float64]]] = [[np.empty(0)] for _ in numbers]
    for subjects, *columns in read_batches(database, source, wanted):
        ids.append(subjects.cast(pa.string()).dictionary_encode())
        for collected, column in zip(values, columns, strict=True):
            collected.append(np.asarray(column))
    encoded = unified(ids)
    return ForecastRows(encoded.dictionary, np.asarray(encoded.indices), [np.concatenate(parts) for parts in values])


def _rows_of(database: Database, table: sa.Table, run_id: str, columns: Sequence[str]) -> SourceRelation:
    """A run's rows as a relation to read in bulk, with the schema's real name: not every reader translates it."""
    key: sa.Column[Any] = key_of(table)
    value = database.value(sa.select(forecast_run.c[key.name]).where(forecast_run.c.run_id == run_id))
    plain = sa.table(table.name, sa.column(key.name, key.type), *map(sa.column, columns), schema=database.schema)
    rows = sa.select(*(plain.c[name] for name in columns)).where(plain.c[key.name] == value).subquery("rows_of_run")
    return SourceRelation(table.name, rows, {name: _type_name(table.c[name].type) for name in columns})


def _type_name(column_type: sa.types.TypeEngine[Any]) -> str:
    """The type as PostgreSQL calls it; all numbers are read as doubles."""
    return "float8" if isinstance(column_type, sa.Integer | sa.Double) else "text"


@dataclass(frozen=True, eq=False)
class Review:
    """The result of a review.

    Attributes:
        scores: figures with the baseline's, with the part as the segment.
        details: tables with rows to append to each: the part, and columns of their own, with NaN for null.
    """

    scores: Sequence[Evaluation]
    details: Sequence[tuple[sa.Table, pa.Table]] = ()


def add_review(database: Database, run: OpenRun, parts: Sequence[Part], review: Review, *, is_backfill: bool) -> bool:
    """Add the scores of some parts of a run, all or none; False if another process has reviewed one of them before.

    Args:
        database: where the scores are.
        run: the run.
        parts: the reviewed parts.
        review: their scores and details.
        is_backfill: whether the run was made after the day of its as-of.
    """
    through = {part.name: to_date(part.last_day) for part in parts}
    rows = [
        {
            "run_id": run.run_id,
            "product": run.product,
            "as_of": run.as_of,
            "part": score.segment,
            "scored_through": through[score.segment],
            "metric": score.metric,
            "value": finite(score.value),
            "baseline_value": finite(score.baseline_value),
            "is_backfill": is_backfill,
            "week": run.as_of - datetime.timedelta(days=run.as_of.weekday()),
        }
        for score in review.scores
    ]
    try:
        with database.write() as connection:
            connection.execute(sa.insert(forecast_score), rows)
            for table, details in review.details:
                append(connection, table, _of_run(table, details, run, through, is_backfill))
    except IntegrityError:
        return False
    return True


def _of_run(
    table: sa.Table, rows: pa.Table, run: OpenRun, through: dict[str, datetime.date], is_backfill: bool
) -> pa.Table:
    """Details with the columns that say of which run they are, as far as their table has them."""
    of_run = {"run_id": run.run_id, "product": run.product, "as_of": run.as_of, "is_backfill": is_backfill}
    columns = {name: pa.repeat(value, rows.num_rows) for name, value in of_run.items() if name in table.c}
    place = pc.index_in(rows["part"], value_set=pa.array(through, pa.string()))
    columns["scored_through"] = pa.array(through.values(), pa.date32()).take(place)
    for name, column in columns.items():
        rows = rows.append_column(name, column)
    return nulls_for_nan(rows)
