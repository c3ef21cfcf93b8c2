"""Scores of single series are kept of the last reviewed runs."""

from __future__ import annotations

import datetime

import pyarrow as pa
import pytest
import sqlalchemy as sa

import sql.hindsight.series_scores
from nightcast.values import Evaluation, Part, Product, to_day
from sql.engine import Database
from sql.hindsight.series_scores import remove_series_scores
from sql.ledger.reviews import OpenRun, Review, add_review
from sql.tables import forecast_score, series_score

FIRST = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)


def add_scores(database: Database, days: int, product: Product = Product.SALES) -> str:
    """The review of a run of that many days after the first, with scores of two series."""
    started = FIRST + datetime.timedelta(days=days)
    run = OpenRun(f"{product} {days}", product, started.date(), started, (7,))
    scores = {"part": ["all"] * 2, "series_id": ["a", "b"], "metric": ["mae"] * 2, "value": [1.0, float("nan")]}
    review = Review([Evaluation(0, "all", "series", 2.0, "", 0.0)], [(series_score, pa.table(scores))])
    assert add_review(database, run, [Part("all", to_day(run.as_of) + 6)], review, is_backfill=False)
    return run.run_id


def test_scores_say_of_which_run_they_are(database: Database) -> None:
    run_id = add_scores(database, 0)
    with database.read() as connection:
        one, two = connection.execute(sa.select(series_score).order_by(series_score.c.series_id))
    assert (one.run_id, one.product, one.as_of, one.is_backfill) == (run_id, "sales", FIRST.date(), False)
    assert one.scored_through == FIRST.date() + datetime.timedelta(days=6)
    assert (one.value, two.value, one.baseline_value) == (1.0, None, None)


def test_the_last_runs_of_each_product_are_kept(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql.hindsight.series_scores, "KEPT_REVIEWS", 2)
    other = add_scores(database, 0, Product.NEXT_VISIT)
    runs = [add_scores(database, days) for days in (3, 1, 2)]
    assert remove_series_scores(database, Product.SALES) == 2
    assert remove_series_scores(database, Product.SALES) == 0
    with database.read() as connection:
        kept = set(connection.execute(sa.select(series_score.c.run_id)).scalars())
        reviewed = connection.execute(sa.select(sa.func.count()).select_from(forecast_score)).scalar_one()
    assert kept == {other, runs[0], runs[2]}
    assert reviewed == 4
