"""What came of earlier forecasts, why tonight's differ, and which models serve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from nightcast.values import WHOLE, Product
from sql.engine import Database
from sql.report.nights import ShownRun
from sql.tables import (
    evaluation,
    forecast_change,
    forecast_run,
    forecast_score,
    model_version,
    product_trust,
    visit_calibration,
)

RUNS_BACK = 120
"""The reviews of this many published runs of a product are looked at, the newest first."""

Rows = Sequence[sa.Row[Any]]


def trust(database: Database) -> dict[Product, sa.Row[Any]]:
    """The `mark` and the `sentence` of each product that has been published."""
    row = product_trust.c
    return {Product(one.product): one for one in database.rows(sa.select(row.product, row.mark, row.sentence))}


def changes(database: Database, run: ShownRun) -> dict[str, sa.Row[Any]]:
    """How the run's totals differ from those of the run before, by measure; columns as in `forecast_change`."""
    row = forecast_change.c
    query = sa.select(forecast_change).where(row.run_id == run.run_id).order_by(row.measure)
    return {one.measure: one for one in database.rows(query)}


def scores(database: Database, product: Product, metrics: Sequence[str]) -> Rows:
    """Reviews of published runs: `as_of`, `part`, `metric`, `value`, `baseline_value`, `is_backfill`, oldest first."""
    row = forecast_score.c
    query = sa.select(row.as_of, row.part, row.metric, row.value, row.baseline_value, row.is_backfill)
    query = query.where(row.run_id.in_(_newest_runs(database, product)), row.metric.in_(metrics))
    return database.rows(query.order_by(row.as_of, row.part, row.metric))


def calibration(database: Database) -> Rows:
    """The groups of the newest reviewed run: `as_of`, `part`, `predicted`, `realised`, `customers`.

    The whole forecast, where it is reviewed, else the part that was reviewed last.
    """
    row = visit_calibration.c
    of_runs = row.run_id.in_(_newest_runs(database, Product.NEXT_VISIT))
    newest = sa.select(row.run_id, row.part).where(of_runs)
    newest = newest.order_by(row.is_backfill, row.as_of.desc(), row.part != WHOLE, row.scored_through.desc()).limit(1)
    for run_id, part in database.rows(newest):
        query = sa.select(row.as_of, row.part, row.predicted, row.realised, row.customers)
        return database.rows(query.where(row.run_id == run_id, row.part == part).order_by(row.group_number))
    return []


def models(database: Database, limit: int) -> Rows:
    """The champion and the newest other versions of each product, with what the run that trained each one says."""
    version, run = model_version.c, forecast_run.c
    place = (
        sa.func.row_number()
        .over(partition_by=version.product, order_by=(version.status != "champion", version.trained_at.desc()))
        .label("place")
    )
    newest = sa.select(
        version.product, version.model_version, version.status, version.as_of, version.trained_at, place
    ).subquery()
    first = sa.select(run.model_version, sa.func.min(run.started_at).label("started_at"))
    first_runs = first.where(run.model_version.is_not(None)).group_by(run.model_version).subquery()
    trained = (run.model_version == newest.c.model_version) & (run.started_at == first_runs.c.started_at)
    query = (
        sa.select(newest, run.served, run.decision)
        .outerjoin(first_runs, first_runs.c.model_version == newest.c.model_version)
        .outerjoin(forecast_run, trained)
        .where(newest.c.place <= limit)
        .order_by(newest.c.product, newest.c.place)
    )
    return database.rows(query)


def evaluated(database: Database, version: str, metrics: Sequence[str]) -> Rows:
    """The means of a version's evaluations: `metric`, `value`, `baseline`, `baseline_value`."""
    row = evaluation.c
    query = sa.select(
        row.metric, sa.func.avg(row.value).label("value"), row.baseline, sa.func.avg(row.baseline_value).label("base")
    ).where(row.model_version == version, row.segment == WHOLE, row.metric.in_(metrics), row.value.is_not(None))
    return database.rows(query.group_by(row.metric, row.baseline).order_by(row.metric, row.baseline))


def _newest_runs(database: Database, product: Product) -> list[str]:
    run = forecast_run.c
    query = sa.select(run.run_id).where(run.product == product, run.status == "published")
    return database.column(query.order_by(run.as_of.desc()).limit(RUNS_BACK))
