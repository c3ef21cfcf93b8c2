"""The rows of a forecast as readers find them, forecast by the models that need no network."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import sqlalchemy as sa

import tasks.forecast
import tasks.next_visit.forecasting
import tasks.sales.steps
from nightcast.errors import InputError, RunLostError
from sql.engine import Database
from sql.tables import (
    forecast_run,
    next_visit_day,
    sales_forecast,
    series_status,
    visit_bin,
)
from tasks.publish import publish
from tests.stored_visits import next_visit, next_visit_bin
from tests.tasks.forecasts import SALES, VISITS, customers, day, series, written_to
from tests.tasks.nights import fill_sales, fill_visits

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def contents(database: Database, *tables: sa.Table) -> list[list[tuple[Any, ...]]]:
    return [
        [tuple(row.values()) for row in written_to(database, table, *table.primary_key.columns.keys())]
        for table in tables
    ]


def test_repeating_a_forecast_leaves_no_duplicates(database: Database) -> None:
    fill_visits(database, *VISITS)
    fill_sales(database, *SALES)
    for tonight, tables in (
        (customers(database), (next_visit, next_visit_bin, next_visit_day, visit_bin)),
        (series(database), (sales_forecast, series_status)),
    ):
        first = tonight.forecast()
        before = contents(database, *tables)
        assert tonight.forecast() == first
        assert contents(database, *tables) == before


@on_sqlite
def test_batches_change_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_visits(database, *VISITS)
    fill_sales(database, *SALES)
    nights = [customers(database), series(database)]
    tables = (next_visit, next_visit_bin, visit_bin, sales_forecast, series_status)
    for tonight in nights:
        tonight.forecast()
    whole = contents(database, *tables)
    monkeypatch.setattr(tasks.next_visit.forecasting, "BATCH_CUSTOMERS", 2)
    monkeypatch.setattr(tasks.sales.steps, "BATCH_SERIES", 2)
    shares: list[float] = []
    for tonight in nights:
        tonight.night.progress = shares.append
        tonight.forecast()
    assert contents(database, *tables) == whole
    assert [share for share, _ in itertools.groupby(shares)] == [0.0, 2 / 3, 1.0, 0.4, 0.8, 1.0]


@on_sqlite
def test_a_dry_run_counts_and_writes_nothing(database: Database) -> None:
    fill_visits(database, *VISITS)
    fill_sales(database, *SALES)
    dry = [customers(database, is_dry=True).forecast(), series(database, is_dry=True).forecast()]
    tables = (forecast_run, next_visit, next_visit_bin, next_visit_day, visit_bin, sales_forecast, series_status)
    assert contents(database, *tables) == [[]] * len(tables)
    assert dry == [customers(database).forecast(), series(database).forecast()]


@on_sqlite
def test_a_run_that_was_declared_abandoned_appends_nothing(database: Database) -> None:
    fill_visits(database, *VISITS)
    tonight = customers(database)
    with database.write() as connection:
        connection.execute(sa.update(forecast_run).values(status="abandoned"))
    with pytest.raises(RunLostError):
        tonight.forecast()
    assert contents(database, next_visit, visit_bin) == [[], []]


@on_sqlite
def test_a_batch_that_cannot_be_written_ends_the_step(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_visits(database, *VISITS)
    monkeypatch.setattr(tasks.next_visit.forecasting, "BATCH_CUSTOMERS", 1)
    written: list[str] = []

    def refused(_connection: object, table: sa.Table, _rows: object) -> int:
        written.append(table.name)
        raise InputError("no room left", "make room")

    monkeypatch.setattr(tasks.forecast, "append", refused)
    with pytest.raises(InputError, match="no room left"):
        customers(database).forecast()
    assert written == ["visit_bin"]


def test_from_the_source_to_the_report(database: Database) -> None:
    fill_visits(database, *VISITS, (None, day(1), "1"))
    tonight = customers(database)
    tonight.forecast()
    publish(tonight.night, tonight.choice)
    report = sa.table("rpt_customers_due", sa.column("customer_id"), sa.column("probability"), schema=database.schema)
    with database.read() as connection:
        due = connection.execute(sa.select(report)).all()
        run = connection.execute(sa.select(forecast_run)).one()
    assert {row.customer_id for row in due} == {"00001", "once", "long gone"}
    assert [row.probability for row in due] == sorted((row.probability for row in due), reverse=True)
    assert (run.status, run.rows_rejected, run.subjects, run.model_version) == ("published", 1, 3, None)
