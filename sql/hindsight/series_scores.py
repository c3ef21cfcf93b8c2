"""The scores of single series, which are too many to keep for ever."""

from __future__ import annotations

import sqlalchemy as sa

from nightcast.values import WHOLE, Product
from sql.engine import Database
from sql.ledger.pruning import remove_from
from sql.tables import forecast_score, series_score

KEPT_REVIEWS = 35
"""The reviewed runs of each product whose scores are kept, those of the newest as-ofs."""


def remove_series_scores(database: Database, product: Product) -> int:
    """Remove the scores of all but the last `KEPT_REVIEWS` reviewed runs; returns the number of rows."""
    score = forecast_score.c
    reviewed = (
        sa.select(score.run_id, sa.exists().where(series_score.c.run_id == score.run_id))
        .where(score.product == product, score.part == WHOLE, score.metric == "series")
        .order_by(score.as_of.desc(), score.run_id.desc())
    )
    old = [run_id for run_id, has_scores in database.rows(reviewed)[KEPT_REVIEWS:] if has_scores]
    return sum(rows for run_id in old for rows in remove_from(database, series_score, run_id))
