"""Reviews of forecasts by models that cost nothing: what is reviewed, when, how often, and what follows from it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import sqlalchemy as sa

import tasks.review
from models.next_visit.settings import NextVisitSettings
from models.sales.settings import SalesSettings
from nightcast.errors import UnavailableError
from nightcast.values import Evaluation, Product
from sql.engine import Database
from sql.ledger.reviews import DueRun, add_review
from sql.tables import forecast_score, visit_bin
from tests.tasks.nights import (
    AS_OF,
    fill_sales,
    fill_visits,
)
from tests.tasks.reviews import (
    DUE,
    HORIZON,
    execute,
    later,
    prepared,
    published,
    sales,
    scores,
    visits,
)

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.mark.parametrize("product", list(Product))
def test_once_and_not_before_its_time(database: Database, product: Product) -> None:
    fill_visits(database, *visits())
    fill_sales(database, *sales())
    first = published(database, product)
    assert published(database, product, later(DUE - 1)).review() == 0
    assert scores(database, first) == {}
    second = published(database, product, later(DUE))
    assert second.review() == 1
    before = scores(database, first)
    assert second.review() == 0
    third = published(database, product, later(DUE + 1))
    execute(database, sa.text("DELETE FROM visits WHERE customer_id < '005'"))
    assert third.review() == 0
    assert scores(database, first) == before
    assert scores(database, second) == {}


@on_sqlite
def test_the_days_to_settle_are_a_setting(database: Database) -> None:
    fill_visits(database, *visits())
    published(database, Product.NEXT_VISIT)
    tonight = published(database, Product.NEXT_VISIT, later(HORIZON))
    assert tonight.review() == 0
    night = tonight.night
    night.sections = replace(night.sections, model=night.sections.model.model_copy(update={"settle_days": 0}))
    assert tonight.review() == 1


def test_a_customer_or_series_that_has_gone_is_left_out(database: Database) -> None:
    fill_visits(database, *visits())
    fill_sales(database, *sales())
    first = [published(database, product) for product in Product]
    execute(database, sa.text("DELETE FROM visits WHERE customer_id = '003'"))
    execute(database, sa.text("DELETE FROM sales WHERE series_id = 's3'"))
    for product in Product:
        assert published(database, product, later(DUE)).review() == 1
    assert scores(database, first[0])["customers"] == (11, None)
    assert scores(database, first[1])["series"] == (4, None)


@on_sqlite
def test_a_customer_or_series_that_came_afterwards_does_not_count(database: Database) -> None:
    fill_visits(database, *visits(), ("new", str(later(1)), None))
    fill_sales(database, *sales(), *(("new", str(later(day)), "5") for day in range(20)))
    first = [published(database, product) for product in Product]
    for product in Product:
        assert published(database, product, later(DUE)).review() == 1
    assert scores(database, first[0])["customers"] == (12, None)
    assert scores(database, first[1])["series"] == (5, None)


@on_sqlite
def test_nobody_is_left_whom_the_forecast_was_for(database: Database) -> None:
    fill_visits(database, *visits())
    fill_sales(database, *sales())
    first = [published(database, product) for product in Product]
    execute(database, sa.text("UPDATE visits SET customer_id = customer_id || ' renamed'"))
    execute(database, sa.text("UPDATE sales SET series_id = series_id || ' renamed'"))
    for product in Product:
        assert published(database, product, later(DUE)).review() == 1
    assert scores(database, first[0]) == {"customers": (0, None)}
    assert scores(database, first[1]) == {"series": (0, None)}


@on_sqlite
def test_only_the_published_run_of_an_as_of_is_reviewed(database: Database) -> None:
    fill_visits(database, *visits())
    superseded = published(database, Product.NEXT_VISIT)
    again = published(database, Product.NEXT_VISIT)
    assert published(database, Product.NEXT_VISIT, later(DUE)).review() == 1
    assert scores(database, superseded) == {}
    assert scores(database, again)


@on_sqlite
def test_a_backfill_knows_nothing_from_its_as_of_on(database: Database) -> None:
    fill_visits(database, *visits(through=400))
    first, second = published(database, Product.NEXT_VISIT), published(database, Product.NEXT_VISIT, later(40))
    assert published(database, Product.NEXT_VISIT, later(DUE + 20)).review() == 1  # the one of 40 days is to come
    assert scores(database, first)
    assert scores(database, second) == {}
    assert published(database, Product.NEXT_VISIT, later(-30)).review() == 0


@on_sqlite
def test_a_dry_run_reviews_nothing(database: Database) -> None:
    fill_visits(database, *visits())
    first = published(database, Product.NEXT_VISIT)
    assert prepared(database, Product.NEXT_VISIT, later(DUE), is_dry=True).review() == 0
    assert scores(database, first) == {}


@pytest.mark.parametrize("product", list(Product))
@on_sqlite
def test_a_review_waits_for_a_source_that_is_behind_but_not_for_ever(database: Database, product: Product) -> None:
    fill_visits(database, *visits(through=5))
    fill_sales(database, *sales(through=5))
    published(database, product)
    assert published(database, product, later(DUE)).review() == 0
    assert published(database, product, later(DUE + 30)).review() == 0
    tonight = published(database, product, later(DUE + 31))
    assert tonight.review() == 1


@on_sqlite
def test_the_oldest_come_first_and_only_so_many_in_a_night(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_visits(database, *visits())
    nights = [published(database, Product.NEXT_VISIT, later(days)) for days in (2, 0, 1)]
    monkeypatch.setattr(tasks.review, "MOST_RUNS", 2)
    tonight = published(database, Product.NEXT_VISIT, later(DUE + 5))
    assert tonight.review() == 2
    assert [bool(scores(database, one)) for one in nights] == [False, True, True]
    assert tonight.review() == 1


@on_sqlite
def test_a_forecast_is_reviewed_by_the_bins_and_the_horizon_it_was_made_with(database: Database) -> None:
    fill_visits(database, *visits())
    fill_sales(database, *sales())
    first = [published(database, product) for product in Product]
    other = {
        "next_visit": NextVisitSettings(bin_edges_days=(3, 28)),
        "sales_settings": SalesSettings(horizon=5),
    }
    for product in Product:
        assert published(database, product, later(DUE), **other).review() == 1
    assert {"brier_7", "brier_14"} < set(scores(database, first[0]))
    assert scores(database, first[1])["series"] == (5, None)
    with database.read() as connection:
        through = connection.execute(sa.select(forecast_score.c.scored_through).distinct()).scalars().all()
    assert through == [later(HORIZON - 1)]


@on_sqlite
def test_a_review_that_fails_never_fails_the_night(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_visits(database, *visits())
    broken, sound = published(database, Product.NEXT_VISIT), published(database, Product.NEXT_VISIT, later(1))
    number = (visit_bin.c.run_id == broken.run_id) & (visit_bin.c.bin == 2)
    execute(database, sa.update(visit_bin).where(number).values(to_day=1))
    tonight = published(database, Product.NEXT_VISIT, later(DUE + 1))
    assert tonight.review() == 1
    assert scores(database, broken) == {}
    assert scores(database, sound)
    [note] = tonight.night.notes
    assert f"{AS_OF} (run {broken.run_id})" in note

    def gone(*_arguments: object) -> list[DueRun]:
        raise UnavailableError("The database has gone.", "Start it.")

    monkeypatch.setattr(tasks.review, "due_runs", gone)
    assert tonight.review() == 0
    assert "The database has gone." in tonight.night.notes[-1]


def test_two_reviews_at_once_leave_one_score(database: Database) -> None:
    run = DueRun("run", Product.SALES, AS_OF, AS_OF)
    figures = [Evaluation(0, "all", name, 0.5, "naive", math.nan) for name in ("wape", "mase")]
    assert add_review(database, run, AS_OF, figures)
    assert not add_review(database, run, AS_OF, [replace(one, value=0.75) for one in reversed(figures)])
    with database.read() as connection:
        assert connection.execute(sa.select(forecast_score.c.value)).scalars().all() == [0.5, 0.5]


def test_accuracy_by_week(database: Database) -> None:
    for number, (days, value) in enumerate([(0, 0.25), (1, 0.75), (2, 1.0)]):  # Saturday, Sunday, Monday
        run = DueRun(f"run {number}", Product.SALES, later(days), later(days))
        figures = [Evaluation(0, "all", "wape", value, "naive", 2.0), Evaluation(0, "all", "series", 3, "", math.nan)]
        assert add_review(database, run, later(days), figures)
    schema = f"{database.schema}." if database.schema else ""
    query = (
        "SELECT DISTINCT week, week_value, week_baseline_value, week_skill "
        f"FROM {schema}rpt_forecast_accuracy WHERE metric = 'wape' ORDER BY week"
    )
    with database.read() as connection:
        rows = [(str(row[0]), *row[1:]) for row in connection.exec_driver_sql(query)]
    assert rows == [("2024-05-27", 0.5, 2.0, 0.75), ("2024-06-03", 1.0, 2.0, 0.5)]


@on_sqlite
def test_a_first_night_has_nothing_to_review(database: Database) -> None:
    fill_visits(database, *visits())
    tonight = published(database, Product.NEXT_VISIT)
    assert tonight.review() == 0
    assert tonight.night.notes == []
