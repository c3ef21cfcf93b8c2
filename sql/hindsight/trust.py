"""How far a product's forecasts can be trusted: the scores that this is judged by, and the stored judgement."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from nightcast.values import WHOLE, Product
from sql.engine import Database
from sql.tables import evaluation, forecast_run, forecast_score, model_version, product_trust

WINDOW = datetime.timedelta(days=28)
"""Over how many days, by the last day of the part, the newest reviews are averaged."""

Means = dict[str, tuple[float, float | None]]
"""The mean of each metric, and that of the baseline's."""


@dataclass(frozen=True)
class Reviewed:
    """The newest reviews of a product.

    Attributes:
        part: the part of the forecasts that the figures are about.
        is_backfill: whether they were made after the day of their as-of; only where no others are reviewed.
        forecasts: the number of forecasts.
        newest: the as-of of the newest.
        through: the last day of the part of the newest.
        means: the means over the forecasts.
    """

    part: str
    is_backfill: bool
    forecasts: int
    newest: datetime.date
    through: datetime.date
    means: Means


def reviewed_lately(database: Database, product: Product) -> Reviewed | None:
    """The newest reviews of published runs: of whole forecasts where there are any, else of a part; None without any.

    Those of backfills count only where there are no others.
    """
    score, run = forecast_score.c, forecast_run.c
    published = sa.select(run.run_id).where(run.product == product, run.status == "published")
    counts = (score.product == product) & score.run_id.in_(published) & score.value.is_not(None)
    best = sa.select(score.part, score.is_backfill, score.scored_through).where(counts)
    order = (score.is_backfill, sa.case((score.part == WHOLE, 0), else_=1), score.scored_through.desc())
    rows = database.rows(best.order_by(*order, score.as_of.desc()).limit(1))
    if not rows:
        return None
    ((part, is_backfill, through),) = rows
    chosen = counts & (score.part == part) & (score.is_backfill == is_backfill)
    chosen &= score.scored_through > through - WINDOW
    means = sa.select(score.metric, sa.func.avg(score.value), sa.func.avg(score.baseline_value)).where(chosen)
    size = sa.select(sa.func.count(score.run_id.distinct()), sa.func.max(score.as_of)).where(chosen)
    ((forecasts, newest),) = database.rows(size)
    by_metric = {row[0]: (row[1], row[2]) for row in database.rows(means.group_by(score.metric))}
    return Reviewed(part, bool(is_backfill), forecasts, newest, through, by_metric)


def evaluated(database: Database, product: Product) -> Means:
    """The means of the champion's evaluation over its past origins, beside the first baseline's; empty without one."""
    one, version = evaluation.c, model_version.c
    of_champion = (
        sa.select(one.metric, sa.func.avg(one.value), sa.func.avg(one.baseline_value))
        .join(model_version, version.model_version == one.model_version)
        .where(version.product == product, version.status == "champion", one.segment == WHOLE, one.value.is_not(None))
        .group_by(one.metric, one.baseline)
        .order_by(one.baseline.desc())
    )
    return {row[0]: (row[1], row[2]) for row in database.rows(of_champion)}


def write_trust(database: Database, product: Product, row: dict[str, Any]) -> None:
    """Store the judgement of a product, in place of the one before; columns as in the table."""
    with database.write() as connection:
        connection.execute(sa.delete(product_trust).where(product_trust.c.product == product))
        connection.execute(sa.insert(product_trust).values(product=product, **row))
