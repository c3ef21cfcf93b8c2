"""Reviews of published runs: which are due, what they forecast, and their scores."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.exc import IntegrityError

from nightcast.values import Evaluation, Product
from sql.engine import Database
from sql.ledger.model_versions import finite
from sql.source.lookup import SourceRelation
from sql.source.reading import WantedColumn, read_batches, unified
from sql.tables import evaluation, forecast_run, forecast_score, sales_forecast, visit_bin


@dataclass(frozen=True)
class DueRun:
    """A published run whose review is due.

    Attributes:
        run_id: its ID.
        product: its product.
        as_of: its as-of.
        last: the last day of its horizon; for sales, the label of its last period.
    """

    run_id: str
    product: Product
    as_of: datetime.date
    last: datetime.date


def due_runs(database: Database, product: Product, through: datetime.date, limit: int) -> list[DueRun]:
    """Published runs without a review whose last day, or last period's label, is `through` or earlier, oldest first.

    A sales period may end after the day of its label: the caller has to check that it is over.
    """
    run, last = forecast_run.c, _last_day(product)
    reviewed = sa.exists().where(forecast_score.c.run_id == run.run_id)
    query = (
        sa.select(run.run_id, run.as_of, last.label("last"))
        .where(run.product == product, run.status == "published", run.as_of <= through, ~reviewed, last <= through)
        .order_by(run.as_of, run.run_id)
        .limit(limit)
    )
    return [DueRun(row.run_id, product, row.as_of, row.last) for row in database.rows(query)]


def _last_day(product: Product) -> sa.ColumnElement[datetime.date]:
    """The last day that a run forecasts; without rows null, for sales its as-of."""
    run = forecast_run.c
    if product == Product.NEXT_VISIT:
        last = sa.select(sa.func.max(visit_bin.c.to_date)).where(visit_bin.c.run_id == run.run_id)
        return last.correlate(forecast_run).scalar_subquery()
    # One series is enough, since every series has all steps; the primary key finds it at once.
    step, other = sales_forecast.c, sales_forecast.alias()
    first_series = sa.select(sa.func.min(other.c.series_id)).where(other.c.run_id == run.run_id)
    last = sa.select(sa.func.max(step.period)).where(
        step.run_id == run.run_id, step.series_id == first_series.correlate(forecast_run).scalar_subquery()
    )
    return sa.func.coalesce(last.correlate(forecast_run).scalar_subquery(), run.as_of)


def bin_edges(database: Database, run_id: str) -> list[int]:
    """The bin edges that a run was published with."""
    query = sa.select(visit_bin.c.to_day).where(visit_bin.c.run_id == run_id, visit_bin.c.to_day.is_not(None))
    return database.column(query.order_by(visit_bin.c.bin))


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
    plain = sa.table(table.name, sa.column("run_id", sa.Text), *map(sa.column, columns), schema=database.schema)
    rows = sa.select(*(plain.c[name] for name in columns)).where(plain.c.run_id == run_id).subquery("rows_of_run")
    return SourceRelation(table.name, rows, {name: _type_name(table.c[name].type) for name in columns})


def _type_name(column_type: sa.types.TypeEngine[Any]) -> str:
    """The type as PostgreSQL calls it; all numbers are read as doubles."""
    return "float8" if isinstance(column_type, sa.Integer | sa.Double) else "text"


def add_review(database: Database, run: DueRun, scored_through: datetime.date, scores: Sequence[Evaluation]) -> bool:
    """Add the scores of a run's review, all or none; False if another process has reviewed the run before."""
    rows = [
        {
            "run_id": run.run_id,
            "product": run.product,
            "as_of": run.as_of,
            "scored_through": scored_through,
            "metric": score.metric,
            "value": finite(score.value),
            "baseline_value": finite(score.baseline_value),
            "week": run.as_of - datetime.timedelta(days=run.as_of.weekday()),
        }
        for score in scores
    ]
    try:
        with database.write() as connection:
            connection.execute(sa.insert(forecast_score), rows)
    except IntegrityError:
        return False
    return True


@dataclass(frozen=True)
class VersionReview:
    """A metric of a model version: its mean over reviews, the number of reviews, and its mean over evaluations."""

    reviewed: float
    runs: int
    evaluated: float


def review_of_version(
    database: Database, version: str, metric: str, since: datetime.date, through: datetime.date, most: int
) -> VersionReview | None:
    """A metric of a model version in its newest reviews and in its evaluation; None where either is missing.

    Args:
        database: where the scores are.
        version: the model version.
        metric: the name of the metric.
        since: the earliest as-of that counts.
        through: the last day whose outcome may be known, so that a backfill does not see the future.
        most: the greatest number of reviews that count, the newest first.
    """
    score, run, one = forecast_score.c, forecast_run.c, evaluation.c
    reviews = (
        sa.select(score.value)
        .join(forecast_run, run.run_id == score.run_id)
        .where(run.model_version == version, score.metric == metric, score.value.is_not(None))
        .where(score.as_of >= since, score.scored_through <= through)
        .order_by(score.as_of.desc(), score.run_id.desc())
        .limit(most)
    )
    evaluations = sa.select(sa.func.avg(one.value)).where(
        one.model_version == version, one.segment == "all", one.metric == metric
    )
    reviewed, evaluated = database.column(reviews), database.value(evaluations)
    if not reviewed or evaluated is None:
        return None
    return VersionReview(sum(reviewed) / len(reviewed), len(reviewed), float(evaluated))
