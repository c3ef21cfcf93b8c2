"""Reviews of next visits, against a reference that is slow."""

from __future__ import annotations

import datetime
import math
from dataclasses import replace

import numpy as np
import pytest
import sqlalchemy as sa

from nightcast.values import Product
from sql.engine import Database
from sql.tables import forecast_score, next_visit_stored
from tests.stored_visits import next_visit_bin
from tests.tasks.nights import (
    AS_OF,
    fill_visits,
)
from tests.tasks.reviews import (
    DUE,
    HORIZON,
    later,
    of_baseline,
    published,
    scores,
    visits,
)

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def slow_bin(rows: list[tuple[str, str, None]], customer: str) -> int:
    """The bin, from 1, of the first visit from the as-of on."""
    days = [(datetime.date.fromisoformat(day) - AS_OF).days + 1 for name, day, _ in rows if name == customer]
    wait = min((day for day in days if day >= 1), default=999)
    return 1 if wait <= 7 else 2 if wait <= 14 else 3


def test_customers_are_reviewed_as_a_slow_reference_does(database: Database) -> None:
    rows = visits()
    fill_visits(database, *rows)
    first = published(database, Product.NEXT_VISIT)
    assert published(database, Product.NEXT_VISIT, later(DUE)).review() == 1
    with database.read() as connection:
        query = sa.select(next_visit_bin).where(next_visit_bin.c.run_id == first.run_id)
        ours = {(row.customer_id, row.bin): row.probability for row in connection.execute(query)}
        kept = connection.execute(sa.select(forecast_score).where(forecast_score.c.part == "all")).first()
    came = {customer: slow_bin(rows, customer) for customer in first.prepared.ids.to_pylist()}
    assert len(set(came.values())) == 3
    theirs = of_baseline(first, next_visit_stored)
    figures = scores(database, first)
    assert figures["log_loss"] == pytest.approx(
        tuple(np.mean([-math.log(chances[one]) for one in came.items()]) for chances in (ours, theirs))
    )
    assert figures["brier_7"][0] == pytest.approx(np.mean([(ours[c, 1] - (n == 1)) ** 2 for c, n in came.items()]))
    assert figures["realised_returners"] == (sum(number < 3 for number in came.values()),) * 2
    assert figures["customers"] == (len(came), None)
    for number, (part, edge) in enumerate([("1-7", 7), ("8-14", 14)], 1):
        of_part = scores(database, first, part)
        assert set(of_part) == {f"brier_{edge}", "predicted_customers", "realised_customers", "customers"}
        assert of_part[f"brier_{edge}"] == pytest.approx(figures[f"brier_{edge}"])
        expected = tuple(sum(chances[customer, number] for customer in came) for chances in (ours, theirs))
        assert of_part["predicted_customers"] == pytest.approx(expected)
        assert of_part["realised_customers"] == (sum(one == number for one in came.values()),) * 2
    assert kept is not None
    assert (kept.product, kept.as_of, kept.scored_through) == ("next_visit", AS_OF, later(HORIZON - 1))
    assert kept.week == datetime.date(2024, 5, 27)  # the Monday before the Saturday of the as-of


@on_sqlite
def test_sums_of_a_part_of_the_customers_are_told_of_all(database: Database) -> None:
    fill_visits(database, *visits())
    first = published(database, Product.NEXT_VISIT)
    tonight = published(database, Product.NEXT_VISIT, later(DUE))
    replace(tonight, prepared=replace(tonight.prepared, times=8.0)).review()
    figures, part = scores(database, first), scores(database, first, "1-7")
    assert figures["customers"] == (8 * 12, None)
    assert figures["realised_returners"][0] % 8 == 0 < figures["realised_returners"][0] <= 8 * 12
    assert part["realised_customers"][0] % 8 == 0
    assert 0 < figures["brier_7"][0] < 1


@on_sqlite
def test_rows_that_came_late_count(database: Database) -> None:
    fill_visits(database, ("often", str(later(-9)), None), ("often", str(later(HORIZON)), None))
    fill_visits(database, ("late", str(later(-20)), None))
    first = published(database, Product.NEXT_VISIT)
    fill_visits(database, ("late", str(later(HORIZON - 1)), None))  # read by no night before
    assert published(database, Product.NEXT_VISIT, later(DUE)).review() == 1
    assert scores(database, first)["realised_returners"] == (1, 1)
