"""Looking back in the database: which published runs are due, what they said, and how good that was."""

from __future__ import annotations

import datetime
import math
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
from sql.source.finding import FoundSource
from sql.source.reading import WantedColumn, read_batches
from sql.tables import evaluation, forecast_run, forecast_score, sales_forecast, visit_bin


@dataclass(frozen=True)
class DueRun:
    """A published run that has not been scored.

    Attributes:
        run_id: its id.
        product: what it forecast.
        as_of: the date it forecast from.
        last: the last day of its horizon; for sales, the label of its last period.
    """

    run_id: str
    product: Product
    as_of: datetime.date
    last: datetime.date


def due_runs(database: Database, product: Product, through: datetime.date, limit: int) -> list[DueRun]:
    """Published runs without a score whose last day, or last period's label, is `through` or earlier; oldest first.

    A sales period may go on after the day that it is labelled with: whether it is over is the caller's to see.
    """
    run, last = forecast_run.c, _last_day(product)
    scored = sa.exists().where(forecast_score.c.run_id == run.run_id)
    query = (
        sa.select(run.run_id, run.as_of, last.label("last"))
        .where(run.product == product, run.status == "published", run.as_of <= through, ~scored, last <= through)
        .order_by(run.as_of, run.run_id)
        .limit(limit)
    )
    with database.read() as connection:
        return [DueRun(row.run_id, product, row.as_of, row.last) for row in connection.execute(query)]


def _last_day(product: Product) -> sa.ColumnElement[datetime.date]:
    """The last day that a run speaks of; null where its rows were pruned, for sales its as-of where it has none."""
    run = forecast_run.c
    if product == Product.NEXT_VISIT:
        last = sa.select(sa.func.max(visit_bin.c.to_date)).where(visit_bin.c.run_id == run.run_id)
        return last.correlate(forecast_run).scalar_subquery()
    # Every series has all steps, so that one of them tells; the primary key finds it at once.
    step, other = sales_forecast.c, sales_forecast.alias()
    first_series = sa.select(sa.func.min(other.c.series_id)).where(other.c.run_id == run.run_id)
    last = sa.select(sa.func.max(step.period)).where(
        step.run_id == run.run_id, step.series_id == first_series.correlate(forecast_run).scalar_subquery()
    )
    return sa.func.coalesce(last.correlate(forecast_run).scalar_subquery(), run.as_of)


def bin_edges(database: Database, run_id: str) -> list[int]:
    """The last days of the bins that a run was published with, without that of the last bin."""
    query = sa.select(visit_bin.c.to_day).where(visit_bin.c.run_id == run_id, visit_bin.c.to_day.is_not(None))
    with database.read() as connection:
        return list(connection.execute(query.order_by(visit_bin.c.bin)).scalars())


@dataclass(frozen=True, eq=False)
class ForecastRows:
    """Rows of a forecast: row i is about the subject ``ids[code[i]]``.

    Attributes:
        ids: different identifiers, text (n,).
        code: int32 (m,).
        numbers: float64 (m,) for each column that was asked for.
    """

    ids: pa.Array
    code: NDArray[np.int32]
    numbers: list[NDArray[np.float64]]


def read_forecast(
    database: Database, table: sa.Table, run_id: str, subject: str, numbers: Sequence[str]
) -> ForecastRows:
    """All rows of a run in one of the forecast tables, in no order.

    Args:
        database: where they are.
        table: one of our tables.
        run_id: the run.
        subject: the column with the identifiers.
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
    encoded = pa.chunked_array(ids).unify_dictionaries().combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0)
    return ForecastRows(encoded.dictionary, np.asarray(encoded.indices), [np.concatenate(parts) for parts in values])


def _rows_of(database: Database, table: sa.Table, run_id: str, columns: Sequence[str]) -> FoundSource:
    """One run's rows as a source to read in bulk, under the schema's own name: not every reader translates it."""
    plain = sa.table(table.name, sa.column("run_id", sa.Text), *map(sa.column, columns), schema=database.schema)
    rows = sa.select(*(plain.c[name] for name in columns)).where(plain.c.run_id == run_id).subquery("rows_of_run")
    return FoundSource(table.name, rows, {name: _type_name(table.c[name].type) for name in columns})


def _type_name(column_type: sa.types.TypeEngine[Any]) -> str:
    """The type as PostgreSQL calls it; of numbers it is enough that they are some."""
    return "float8" if isinstance(column_type, sa.Integer | sa.Double) else "text"


def add_scores(database: Database, run: DueRun, scored_through: datetime.date, figures: Sequence[Evaluation]) -> bool:
    """Add a run's scores, all or none; False when another process has been first."""
    rows = [
        {
            "run_id": run.run_id,
            "product": run.product,
            "as_of": run.as_of,
            "scored_through": scored_through,
            "metric": figure.metric,
            "value": _finite(figure.value),
            "baseline_value": _finite(figure.baseline_value),
            "week": run.as_of - datetime.timedelta(days=run.as_of.weekday()),
        }
        for figure in figures
    ]
    try:
        with database.write() as connection:
            connection.execute(sa.insert(forecast_score), rows)
    except IntegrityError:
        return False
    return True


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


@dataclass(frozen=True)
class LiveScore:
    """A figure of one model version: the mean over published forecasts, and over the as-ofs that chose it."""

    live: float
    runs: int
    backtest: float


def live_score(
    database: Database, version: str, metric: str, since: datetime.date, through: datetime.date, most: int
) -> LiveScore | None:
    """How a model version has done, beside what its backtest promised; None where one of the two is not known.

    Args:
        database: where the scores are.
        version: the model version.
        metric: the figure.
        since: the earliest as-of that counts.
        through: the last day whose outcome may be known: a later one would be seen from the future in a backfill.
        most: how many forecasts count, the newest.
    """
    score, run, figure = forecast_score.c, forecast_run.c, evaluation.c
    scores = (
        sa.select(score.value)
        .join(forecast_run, run.run_id == score.run_id)
        .where(run.model_version == version, score.metric == metric, score.value.is_not(None))
        .where(score.as_of >= since, score.scored_through <= through)
        .order_by(score.as_of.desc(), score.run_id.desc())
        .limit(most)
    )
    promised = sa.select(sa.func.avg(figure.value)).where(
        figure.model_version == version, figure.segment == "all", figure.metric == metric
    )
    with database.read() as connection:
        values = list(connection.execute(scores).scalars())
        backtest = connection.execute(promised).scalar_one_or_none()
    if not values or backtest is None:
        return None
    return LiveScore(sum(values) / len(values), len(values), float(backtest))
