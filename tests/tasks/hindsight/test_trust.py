"""One sentence and one mark about how far forecasts can be trusted."""

from __future__ import annotations

import math
from typing import Any

import pytest
import sqlalchemy as sa

from nightcast.values import Evaluation, Part, Product, to_day
from sql.engine import Database
from sql.ledger.reviews import OpenRun, Review, add_review
from sql.tables import forecast_run, product_trust
from tasks.hindsight.trust import judge_trust, mark_of
from tasks.products import PRODUCTS
from tests.tasks.nights import fill_sales, fill_visits
from tests.tasks.reviews import PreparedNight, execute, later, published, sales, visits

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])

VISITS = {"predicted_returners": (297.2, 280.0), "realised_returners": (305.0, 305.0), "log_loss": (0.9, 1.0)}
SALES = {"coverage_80": (0.78, 0.8), "wape": (0.21, 0.3), "weighted_quantile_loss": (0.15, 0.2)}


def judged(database: Database, tonight: PreparedNight) -> Any:
    """The row of the product."""
    judge_trust(tonight.night, PRODUCTS[tonight.night.product], tonight.prepared)
    query = sa.select(product_trust).where(product_trust.c.product == tonight.night.product)
    with database.read() as connection:
        return connection.execute(query).one()


def score(
    database: Database,
    night: PreparedNight,
    scores: dict[str, tuple[float, float]],
    part: str = "all",
    *,
    is_backfill: bool = False,
) -> None:
    """Let a night's forecast have been reviewed."""
    question = night.night.question
    run = OpenRun(night.run_id, question.product, question.as_of, question.clock, (14,))
    figures = [Evaluation(0, part, name, value, "", baseline) for name, (value, baseline) in scores.items()]

    assert add_review(
        database, run, [Part(part, to_day(question.as_of) + 13)], Review(figures), is_backfill=is_backfill
    )


def test_returns_are_counted_beside_those_expected(database: Database) -> None:
    fill_visits(database, *visits())
    night = published(database, Product.NEXT_VISIT)
    assert "No forecast's days are over yet" in judged(database, night).sentence
    score(database, night, VISITS)
    row = judged(database, night)
    assert row.sentence.startswith("305 customers came back, 297 were expected. The probabilities were 10 % better")
    assert row.sentence.endswith("That is the forecast of 2024-06-01, through 2024-06-14.")
    assert (row.mark, row.forecasts, row.part) == ("good", 1, "all")
    assert (row.realised_customers, row.expected_customers) == (305, 297.2)
    assert (row.metric, row.value, row.baseline_value) == ("log_loss", 0.9, 1.0)


def test_bands_and_errors_of_series(database: Database) -> None:
    fill_sales(database, *sales())
    night = published(database, Product.SALES)
    score(database, night, SALES)
    row = judged(database, night)
    assert row.sentence.startswith(
        "80 % bands held 78 % of days. Forecasts were off by 21 % of sales, repeating the last season by 30 %."
    )
    assert (row.mark, row.coverage_80, row.realised_customers) == ("good", 0.78, None)


@on_sqlite
def test_whole_forecasts_come_before_parts_and_reviews_before_backfills(database: Database) -> None:
    fill_sales(database, *sales())
    nights = [published(database, Product.SALES, later(days)) for days in (0, 1, 2, 3, 40)]
    score(database, nights[0], SALES | {"coverage_80": (0.1, 0.8)}, is_backfill=True)
    assert "backfill of 2024-06-01" in judged(database, nights[0]).sentence
    score(database, nights[1], SALES, "1-7")
    part = judged(database, nights[0])
    assert part.sentence.startswith("80 % bands held 78 % of days 1-7. Forecasts")
    assert not part.is_backfill
    score(database, nights[2], SALES | {"coverage_80": (0.7, 0.8)})
    score(database, nights[3], SALES | {"coverage_80": (0.8, 0.8)})
    row = judged(database, nights[0])
    assert (row.part, row.forecasts, row.coverage_80) == ("all", 2, pytest.approx(0.75))
    assert "These are means of 2 forecasts, the newest of 2024-06-04" in row.sentence
    score(database, nights[4], SALES | {"coverage_80": (0.9, 0.8)})
    assert judged(database, nights[0]).coverage_80 == 0.9  # the others are more than four weeks older
    execute(database, sa.update(forecast_run).where(forecast_run.c.as_of == later(40)).values(status="withdrawn"))
    assert judged(database, nights[0]).forecasts == 2


@pytest.mark.parametrize(
    ("mark", "changed"),
    [
        ("good", {}),
        ("poor", {"log_loss": (1.01, 1.0)}),
        ("good", {"log_loss": (1.0, 1.0)}),
        ("good", {"log_loss": (1.0, None)}),
        ("watch", {"realised_returners": (1200.0, None)}),
        ("poor", {"realised_returners": (1500.0, None)}),
        ("poor", {"realised_returners": (500.0, None)}),
        ("watch", {"coverage_80": (0.65, None)}),
        ("poor", {"coverage_80": (0.55, None)}),
        ("good", {"coverage_80": (1.0, None)}),
    ],
)
def test_the_rule_of_the_mark(mark: str, changed: dict[str, tuple[float, float | None]]) -> None:
    means = {"log_loss": (0.9, 1.0), "predicted_returners": (1000.0, None), "realised_returners": (1050.0, None)}
    assert mark_of(means | changed) == mark


def test_a_few_customers_may_differ_by_chance() -> None:
    few = {"brier_7": (0.1, 0.2), "predicted_customers": (4.0, None), "realised_customers": (9.0, None)}
    assert mark_of(few) == "good"
    assert mark_of(few | {"realised_customers": (4.0 + 3 * math.sqrt(4) + 2, None)}) == "poor"
