"""Reviews of forecasts by models that cost nothing: what is reviewed, when, how often, and what follows from it."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

import tasks.review
from models.next_visit.settings import NextVisitSettings
from models.sales.settings import SalesSettings
from models.visit_counts.settings import VisitCountSettings
from nightcast.errors import UnavailableError
from nightcast.values import Evaluation, Part, Product, to_day
from sql.engine import Database
from sql.ledger.reviews import OpenRun, Review, add_review
from sql.tables import forecast_score, visit_bin
from tasks.products import PRODUCTS
from tasks.review import due_runs
from tests.tasks.nights import (
    AS_OF,
    fill_sales,
    fill_visits,
)
from tests.tasks.reviews import (
    DUE,
    FIRST_DUE,
    HORIZON,
    began_at,
    execute,
    later,
    prepared,
    published,
    reviewed_parts,
    sales,
    scores,
    visits,
)

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.mark.parametrize("product", list(Product))
def test_each_part_once_and_not_before_its_time(database: Database, product: Product) -> None:
    fill_visits(database, *visits())
    fill_sales(database, *sales())
    first = published(database, product)
    assert published(database, product, later(FIRST_DUE - 1)).review() == 0
    assert published(database, product, later(FIRST_DUE)).review() == 1
    assert reviewed_parts(database, first) == {"1-7": later(6)}
    of_first_part = scores(database, first, "1-7")
    assert published(database, product, later(DUE - 1)).review() == 0
    second = published(database, product, later(DUE))
    assert second.review() == 1
    assert reviewed_parts(database, first) == {"1-7": later(6), "8-14": later(13), "all": later(13)}
    assert scores(database, first, "1-7") == of_first_part
    before = scores(database, first)
    assert second.review() == 0
    third = published(database, product, later(DUE + 1))
    execute(database, sa.text("DELETE FROM visits WHERE customer_id < '005'"))
    assert third.review() == 0
    assert scores(database, first) == before
    assert reviewed_parts(database, second) == {}


@pytest.mark.parametrize("product", list(Product))
def test_all_parts_that_are_due_are_reviewed_together_or_not_at_all(
    database: Database, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_visits(database, *visits())
    fill_sales(database, *sales())
    first = published(database, product)
    execute_many = database.engine.dialect.do_executemany

    def killed(cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        execute_many(cursor, statement, parameters, context)
        if "forecast_score" in statement:
            raise KeyboardInterrupt  # the rows are written, and not committed

    tonight = prepared(database, product, later(DUE), is_dry=False)
    with monkeypatch.context() as patch:
        patch.setattr(database.engine.dialect, "do_executemany", killed)
        with pytest.raises(KeyboardInterrupt):
            tonight.review()
    assert reviewed_parts(database, first) == {}
    assert tonight.review() == 1
    assert set(reviewed_parts(database, first)) == {"1-7", "8-14", "all"}


@pytest.mark.parametrize("product", list(Product))
def test_a_run_that_began_after_the_day_of_its_as_of_is_a_backfill(database: Database, product: Product) -> None:
    fill_visits(database, *visits())
    fill_sales(database, *sales())
    options: dict[str, Any] = {"timezone": "America/New_York"}
    nights = {
        "late in the evening": (published(database, product, later(0), **options), 27, False),
        "the day after": (published(database, product, later(1), **options), 29, True),
        "as usual": (published(database, product, later(2), **options), 12, False),
    }
    for night, hours, _ in nights.values():
        midnight = datetime.datetime.combine(night.night.question.as_of, datetime.time(), datetime.UTC)
        began_at(database, night.run_id, midnight + datetime.timedelta(hours=hours))  # 4 behind UTC in June
    tonight = published(database, product, later(DUE + 5), **options)
    assert [due.run.run_id for due in due_runs(tonight.night, PRODUCTS[product], tonight.prepared)] == [
        nights[name][0].run_id for name in ("late in the evening", "as usual", "the day after")
    ]
    assert tonight.review() == 3
    with database.read() as connection:
        query = sa.select(forecast_score.c.run_id, forecast_score.c.is_backfill).distinct()
        marked = {row.run_id: row.is_backfill for row in connection.execute(query)}
    assert marked == {night.run_id: is_backfill for night, _, is_backfill in nights.values()}


@on_sqlite
@pytest.mark.parametrize("product", list(Product))
def test_what_is_due_takes_as_many_queries_for_many_runs_as_for_one(
    database: Database, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_visits(database, *visits())
    fill_sales(database, *sales())
    numbers = []
    for days in (0, 1, 2, 3, 4):
        published(database, product, later(days))
        tonight = prepared(database, product, later(DUE + 9), is_dry=True)
        with counted_statements(database) as statements:
            due = due_runs(tonight.night, PRODUCTS[product], tonight.prepared)
        numbers.append((len(due), len(statements)))
    assert [runs for runs, _ in numbers] == [1, 2, 3, 4, 5]
    assert len({statements for _, statements in numbers}) == 1


@contextmanager
def counted_statements(database: Database) -> Iterator[list[str]]:
    statements: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    sa.event.listen(database.engine, "before_cursor_execute", count)
    yield statements
    sa.event.remove(database.engine, "before_cursor_execute", count)


@on_sqlite
def test_the_days_to_settle_are_a_setting(database: Database) -> None:
    fill_visits(database, *visits())
    first = published(database, Product.NEXT_VISIT)
    tonight = published(database, Product.NEXT_VISIT, later(HORIZON))
    assert tonight.review() == 1
    assert set(reviewed_parts(database, first)) == {"1-7"}
    night = tonight.night
    night.sections = replace(night.sections, model=night.sections.model.model_copy(update={"settle_days": 0}))
    assert tonight.review() == 1
    assert set(reviewed_parts(database, first)) == {"1-7", "8-14", "all"}


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
    assert reviewed_parts(database, second) == {}
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
    first = published(database, product)
    assert published(database, product, later(FIRST_DUE + 30)).review() == 0
    assert published(database, product, later(DUE + 30)).review() == 1
    assert set(reviewed_parts(database, first)) == {"1-7"}
    assert published(database, product, later(DUE + 31)).review() == 1
    assert "all" in reviewed_parts(database, first)


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
        "visit_counts": VisitCountSettings(horizon=5),
    }
    for product in Product:
        assert published(database, product, later(DUE), **other).review() == 1
    assert {"brier_7", "brier_14"} < set(scores(database, first[0]))
    assert scores(database, first[1])["series"] == (5, None)
    for one in first:
        assert reviewed_parts(database, one) == {"1-7": later(6), "8-14": later(13), "all": later(HORIZON - 1)}


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

    def gone(*_arguments: object) -> list[OpenRun]:
        raise UnavailableError("The database has gone.", "Start it.")

    monkeypatch.setattr(tasks.review, "open_runs", gone)
    assert tonight.review() == 0
    assert "The database has gone." in tonight.night.notes[-1]


def review_of(run_id: str, as_of: datetime.date) -> tuple[OpenRun, list[Part]]:
    run = OpenRun(run_id, Product.SALES, as_of, datetime.datetime(2024, 6, 1, tzinfo=datetime.UTC), (7,))
    return run, [Part("1-7", to_day(as_of) + 6), Part("all", to_day(as_of) + 13)]


def test_two_reviews_at_once_leave_one_score(database: Database) -> None:
    run, [first, whole] = review_of("run", AS_OF)
    figures = [Evaluation(0, "all", name, 0.5, "naive", math.nan) for name in ("wape", "mase")]
    assert add_review(database, run, [whole], Review(figures), is_backfill=False)
    again = [Evaluation(0, "1-7", "wape", 0.75, "naive", 1.0), *reversed(figures)]
    assert not add_review(database, run, [first, whole], Review(again), is_backfill=False)
    assert add_review(database, run, [first], Review(again[:1]), is_backfill=False)
    with database.read() as connection:
        assert sorted(connection.execute(sa.select(forecast_score.c.value)).scalars()) == [0.5, 0.5, 0.75]


def test_accuracy_by_week(database: Database) -> None:
    nights = [(0, 0.25, False), (1, 0.75, False), (1, 9.0, True), (2, 1.0, False)]  # Saturday, Sunday twice, Monday
    for number, (days, value, is_backfill) in enumerate(nights):
        run, parts = review_of(f"run {number}", later(days))
        figures = [Evaluation(0, "all", "wape", value, "naive", 2.0), Evaluation(0, "all", "series", 3, "", math.nan)]
        figures += [Evaluation(0, "1-7", "wape", 5.0, "naive", 5.0)]
        assert add_review(database, run, parts, Review(figures), is_backfill=is_backfill)
    schema = f"{database.schema}." if database.schema else ""
    query = (
        "SELECT DISTINCT is_backfill, week, week_value, week_baseline_value, week_skill "
        f"FROM {schema}rpt_forecast_accuracy WHERE metric = 'wape' AND part = 'all' ORDER BY is_backfill, week"
    )
    with database.read() as connection:
        rows = [(bool(row[0]), str(row[1]), *row[2:]) for row in connection.exec_driver_sql(query)]
    assert rows == [
        (False, "2024-05-27", 0.5, 2.0, 0.75),
        (False, "2024-06-03", 1.0, 2.0, 0.5),
        (True, "2024-05-27", 9.0, 2.0, -3.5),
    ]


@on_sqlite
def test_a_first_night_has_nothing_to_review(database: Database) -> None:
    fill_visits(database, *visits())
    tonight = published(database, Product.NEXT_VISIT)
    assert tonight.review() == 0
    assert tonight.night.notes == []
