"""Making and filling the tables that the user brings."""

from __future__ import annotations

import datetime
from typing import Any

import psycopg
import pyarrow as pa
import pytest
import sqlalchemy as sa

from nightcast.errors import InputError, UnavailableError
from sql.engine import Database
from sql.filling.fill import FillResult, SourceTable
from sql.settings import CovariateSource, SalesSource, Source, SourceName, VisitColumns, VisitSource
from sql.source.lookup import source_exists

BATCHES: dict[SourceName, tuple[Source, dict[str, Any]]] = {
    "visits": (VisitSource(), {"customer_id": ["a"], "visited_at": ["2024-01-01"]}),
    "sales": (SalesSource(), {"series_id": ["a"], "period": [datetime.date(2024, 1, 1)], "value": [1.0]}),
}
NAMES = ["visits", 'x"; drop table visits; --', "with space", "Größe 顧客", "select", "100%"]


def fill(
    database: Database,
    source_name: SourceName,
    source: Source,
    *batches: dict[str, Any],
    empty: bool = False,
    timezone: str = "UTC",
) -> FillResult:
    with database.write() as connection:
        table = SourceTable(database, connection, source_name, source, list(batches[0]), timezone)
        if empty:
            table.empty()
        for batch in batches:
            table.add(pa.table(batch))
        return table.finish()


def rows_of(database: Database, name: str, *columns: str, schema: str | None = None) -> list[tuple[Any, ...]]:
    table = sa.table(name, *map(sa.column, columns), schema=schema)
    with database.read() as connection:
        return sorted(map(tuple, connection.execute(sa.select(*table.c)).all()), key=lambda row: [*map(str, row)])


def execute(database: Database, *statements: str) -> None:
    with database.write() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def days(*texts: str) -> pa.Array:
    return pa.array([datetime.date.fromisoformat(text) for text in texts])


def shown(value: Any) -> str:
    return str(value)


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_table_is_made_whatever_its_name(database: Database, name: str) -> None:
    source = VisitSource(
        table=name, columns=VisitColumns(customer_id='who"; --', visited_at="when", amount="how %(much)s")
    )
    batch = {
        "customer_id": [" 00001", "O'Brien", "顧客"],
        "visited_at": ["2024-01-01 10:00:00"] * 3,
        "amount": [1.5, None, float("nan")],
    }
    filled = fill(database, "visits", source, batch)
    assert filled == FillResult(3, 0, ())
    rows = rows_of(database, name, 'who"; --', "when", "how %(much)s")
    assert [(who, shown(when), amount) for who, when, amount in rows] == [
        (" 00001", "2024-01-01 10:00:00", 1.5),
        ("O'Brien", "2024-01-01 10:00:00", None),
        ("顧客", "2024-01-01 10:00:00", None),
    ]
    with database.read() as connection:
        indexed = sa.inspect(connection).get_indexes(name)
    assert [index["column_names"] for index in indexed] == [['who"; --']]


def test_injection_leaves_other_tables_alone(database: Database) -> None:
    batch = {"customer_id": ["a"], "visited_at": ["2024-01-01"]}
    fill(database, "visits", VisitSource(), batch)
    fill(database, "visits", VisitSource(table='x"; drop table visits; --'), batch)
    assert len(rows_of(database, "visits", "customer_id")) == 1


def test_visits_are_appended(database: Database) -> None:
    batch = {"customer_id": ["a"], "visited_at": ["2024-01-01"]}
    fill(database, "visits", VisitSource(), batch)
    assert fill(database, "visits", VisitSource(), batch, batch) == FillResult(1, 1, ())
    assert len(rows_of(database, "visits", "customer_id")) == 2


def test_rows_that_the_table_has_are_not_added_again(database: Database) -> None:
    batch: dict[str, list[Any]] = {
        "customer_id": ["a", "a", "a", "A", "a ", "b", "b"],
        "visited_at": ["2024-01-01 10:00:00"] * 5 + ["2024-01-02", "2024-01-03 00:00:00.250000"],
        "amount": [1.5, 1.5, None, 1.5, 1.5, None, 0.1],
    }
    assert fill(database, "visits", VisitSource(), batch).rows == 7
    before = rows_of(database, "visits", "customer_id", "visited_at", "amount")
    assert fill(database, "visits", VisitSource(), batch).known == 7
    assert rows_of(database, "visits", "customer_id", "visited_at", "amount") == before
    more: dict[str, list[Any]] = {
        "customer_id": ["a", "a", "a", "c", "B"],
        "visited_at": ["2024-01-01 10:00:00"] * 4 + ["2024-01-02"],
        "amount": [1.5, 1.5, 1.5, 1.5, None],
    }
    filled = fill(database, "visits", VisitSource(), {key: more[key][:3] for key in more}, more)
    assert (filled.rows, filled.known) == (6, 2)  # four more of `a` and two others


@pytest.mark.parametrize("moment_type", ["DATE", "TIMESTAMP", "TEXT"])
def test_rows_are_recognised_in_the_types_of_the_table(database: Database, moment_type: str) -> None:
    execute(
        database, f"CREATE TABLE visits (note TEXT, customer_id TEXT, visited_at {moment_type}, amount NUMERIC(8, 2))"
    )
    batch: dict[str, list[Any]] = {
        "customer_id": ["a", "b"],
        "visited_at": ["2024-01-01", "2024-01-02"],
        "amount": [0.1, None],
    }
    assert fill(database, "visits", VisitSource(), batch).rows == 2
    more = {key: [*values, new] for (key, values), new in zip(batch.items(), ["c", "2024-01-01", 1.0], strict=True)}
    filled = fill(database, "visits", VisitSource(), more)
    assert (filled.rows, filled.known) == (1, 2)


def test_dates_stay_dates(database: Database) -> None:
    fill(database, "visits", VisitSource(), {"customer_id": ["a"], "visited_at": ["2024-03-31"]})
    assert [shown(value) for (value,) in rows_of(database, "visits", "visited_at")] == ["2024-03-31"]


def test_a_new_date_column_makes_room_for_times_of_a_later_batch(database: Database) -> None:
    first = {"customer_id": ["a"], "visited_at": ["2024-03-30"]}
    second = {"customer_id": ["b"], "visited_at": ["2024-03-31 02:30:00.250000"]}
    filled = fill(database, "visits", VisitSource(), first, second)
    rows = [shown(value) for (value,) in rows_of(database, "visits", "visited_at")]
    assert rows[1] == "2024-03-31 02:30:00.250000"
    assert rows[0].startswith("2024-03-30")
    assert filled.notes == ()


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_what_a_column_has_no_room_for_is_told(database: Database) -> None:
    dates = {"customer_id": ["a"], "visited_at": ["2024-03-30"]}
    times = {"customer_id": ["b"], "visited_at": ["2024-03-31 02:30:00"]}
    fill(database, "visits", VisitSource(table="dates"), dates)
    fill(database, "visits", VisitSource(table="times"), times)
    assert "times of day" in fill(database, "visits", VisitSource(table="dates"), times).notes[0]
    assert "midnight" in fill(database, "visits", VisitSource(table="times"), dates).notes[0]
    assert rows_of(database, "dates", "visited_at")[1] == (datetime.date(2024, 3, 31),)
    assert rows_of(database, "times", "visited_at")[0] == (datetime.datetime(2024, 3, 30),)


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_column_with_time_zone_takes_the_wall_clock_of_the_zone(database: Database) -> None:
    execute(database, "CREATE TABLE visits (customer_id varchar(20), visited_at timestamptz, amount numeric)")
    batch = {"customer_id": ["a"], "visited_at": ["2024-07-01 00:30:00"]}
    fill(database, "visits", VisitSource(), batch, timezone="Europe/Zurich")
    ((moment,),) = rows_of(database, "visits", "visited_at")
    assert moment == datetime.datetime(2024, 6, 30, 22, 30, tzinfo=datetime.UTC)


def test_sales_replace_the_rows_of_their_key(database: Database) -> None:
    first = {"series_id": ["a", "b"], "period": days("2024-01-01", "2024-01-01"), "value": [1.0, 2.0]}
    assert fill(database, "sales", SalesSource(), first) == FillResult(2, 0, ())
    second = {
        "series_id": ["a", "c"],
        "period": days("2024-01-01", "2024-01-01"),
        "value": [None, 7.0],
    }
    third = {"series_id": ["a"], "period": days("2024-01-02"), "value": [8.0]}
    assert fill(database, "sales", SalesSource(), second, third) == FillResult(3, 1, ())
    rows = rows_of(database, "sales", "series_id", "period", "value")
    assert [(series, shown(period), value) for series, period, value in rows] == [
        ("a", "2024-01-01", None),
        ("a", "2024-01-02", 8.0),
        ("b", "2024-01-01", 2.0),
        ("c", "2024-01-01", 7.0),
    ]


@pytest.mark.parametrize("period_type", ["DATE", "TIMESTAMP", "TEXT"])
def test_sales_replace_rows_in_a_table_without_a_key(database: Database, period_type: str) -> None:
    execute(
        database,
        f"CREATE TABLE sales (note TEXT, series_id TEXT, period {period_type}, value NUMERIC)",
        "INSERT INTO sales VALUES ('x', 'a', '2024-01-01', 1), ('y', 'a', '2024-01-01', 2)",
        "INSERT INTO sales VALUES ('z', 'b', '2024-01-01', 3)",
    )
    fill(database, "sales", SalesSource(), {"series_id": ["a"], "period": days("2024-01-01"), "value": [9.0]})
    assert [(series, float(value)) for series, value in rows_of(database, "sales", "series_id", "value")] == [
        ("a", 9.0),
        ("b", 3.0),
    ]


def test_a_covariate_without_series_speaks_of_every_series(database: Database) -> None:
    everywhere = {"period": days("2024-01-01"), "name": ["holiday"], "value": [1.0]}
    one = {"series_id": ["a"], "period": days("2024-01-01"), "name": ["holiday"], "value": [0.0]}
    fill(database, "covariates", CovariateSource(), everywhere)
    fill(database, "covariates", CovariateSource(), one)
    fill(database, "covariates", CovariateSource(), {**everywhere, "value": [3.0]})
    rows = rows_of(database, "sales_covariates", "series_id", "name", "value")
    assert rows == [(None, "holiday", 3.0), ("a", "holiday", 0.0)]


def test_emptying_and_filling_are_one_transaction(database: Database) -> None:
    batch = {"customer_id": ["a"], "visited_at": ["2024-01-01"]}
    fill(database, "visits", VisitSource(), batch)

    def fails() -> None:
        with database.write() as connection:
            table = SourceTable(database, connection, "visits", VisitSource(), list(batch), "UTC")
            table.empty()
            table.add(pa.table({**batch, "customer_id": ["b"]}))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert rows_of(database, "visits", "customer_id") == [("a",)]
    fill(database, "visits", VisitSource(), {**batch, "customer_id": ["b"]}, empty=True)
    assert rows_of(database, "visits", "customer_id") == [("b",)]


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])  # MySQL commits at every CREATE, and has no schemas
def test_a_failed_filling_leaves_no_table(database: Database) -> None:
    def fails() -> None:
        with database.write() as connection:
            table = SourceTable(database, connection, "sales", SalesSource(), ["value"], "UTC")
            table.add(pa.table({"series_id": ["a"], "period": days("2024-01-01"), "value": [1.0]}))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert not source_exists(database, SalesSource())


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])  # MySQL commits at every CREATE, and has no schemas
def test_a_table_can_be_in_a_schema(database: Database) -> None:
    schema = "main" if database.dialect == "sqlite" else "nightcast"
    batch = {"series_id": ["a"], "period": days("2024-01-01"), "value": [1.0]}
    source = SalesSource(table=f"{schema}.shop_sales")
    fill(database, "sales", source, batch)
    fill(database, "sales", source, batch)
    assert rows_of(database, "shop_sales", "series_id", schema=schema) == [("a",)]
    with pytest.raises(InputError, match="no schema 'nowhere'"):
        fill(database, "sales", SalesSource(table="nowhere.sales"), batch)


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])  # MySQL commits at every CREATE, and has no schemas
def test_what_cannot_be_filled_is_refused(database: Database) -> None:
    batch = {"customer_id": ["1"], "visited_at": ["2024-01-01"], "amount": [1.0]}
    execute(
        database,
        "CREATE TABLE other (customer_id TEXT, visit_at TEXT, amount FLOAT)",
        "CREATE TABLE numbered (customer_id INTEGER, visited_at TEXT, amount FLOAT)",
        "CREATE TABLE counted (customer_id TEXT, visited_at INTEGER, amount FLOAT)",
        "CREATE TABLE strict (customer_id TEXT, visited_at TEXT, amount FLOAT, shop TEXT NOT NULL)",
        "CREATE VIEW seen AS SELECT 'a' AS customer_id, '2024-01-01' AS visited_at, 1.0 AS amount",
    )
    for table, message in {
        "other": "no column 'visited_at'.*Did you mean 'visit_at'",
        "numbered": "'customer_id' of the table 'numbered' is INTEGER.*00001",
        "counted": "'visited_at' of the table 'counted' is INTEGER.*dates",
        "strict": "'strict'.*shop",
        "seen": "'seen' is a view",
    }.items():
        with pytest.raises(InputError, match=f"(?s){message}"):
            fill(database, "visits", VisitSource(table=table), batch)
    with pytest.raises(InputError, match="is a query"):
        fill(database, "visits", VisitSource(query="select 1"), batch)


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_materialised_view_is_refused(database: Database) -> None:
    columns = "SELECT 'a' AS series_id, DATE '2024-01-01' AS period, 1.0 AS value"
    execute(database, f"CREATE MATERIALIZED VIEW sales AS {columns}")
    batch = {"series_id": ["a"], "period": days("2024-01-01"), "value": [9.0]}
    with pytest.raises(InputError, match=r"'sales' is a view"):
        fill(database, "sales", SalesSource(), batch)


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_missing_rights_are_told(database: Database) -> None:
    def fills() -> None:
        with database.write() as connection:
            connection.exec_driver_sql("SET LOCAL ROLE pg_read_all_stats")
            SourceTable(database, connection, "visits", VisitSource(), ["customer_id"], "UTC").empty()

    with pytest.raises(InputError, match="permission denied for schema"):
        fills()
    fill(database, "visits", VisitSource(), {"customer_id": ["a"], "visited_at": ["2024-01-01"]})
    with pytest.raises(InputError, match="permission denied for table"):
        fills()


@pytest.mark.parametrize("kind", ["visits", "sales"])
@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_connection_lost_half_way_is_worth_another_try(
    database: Database, kind: SourceName, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[int] = []
    write = psycopg.Copy.write

    def cut_off(copy: psycopg.Copy, rows: Any) -> None:
        copied.append(len(rows))
        if len(copied) == 2:
            with database.read() as other:
                server = copy.connection.info.backend_pid
                other.exec_driver_sql(f"SELECT pg_terminate_backend({server}, 5000)")
        write(copy, rows)

    monkeypatch.setattr(psycopg.Copy, "write", cut_off)
    source, batch = BATCHES[kind]
    with pytest.raises(UnavailableError, match="cannot be reached or used") as caught:
        fill(database, kind, source, batch, batch)
    assert "try again" in caught.value.remedy
    assert len(copied) == 2
    assert not source_exists(database, source)
    assert fill(database, kind, source, batch).rows == 1


def test_series_whose_names_differ_by_little_replace_only_their_own_rows(database: Database) -> None:
    names = ["a", "a ", "A", "\u00e4", "\u00e4 "]
    periods = days(*["2024-01-01"] * len(names))
    for value in (1.0, 2.0):
        batch = {"series_id": names, "period": periods, "value": [value] * len(names)}
        assert fill(database, "sales", SalesSource(), batch).rows == len(names)
    fill(database, "sales", SalesSource(), {"series_id": ["a "], "period": days("2024-01-01"), "value": [3.0]})
    expected = {(name, 3.0 if name == "a " else 2.0) for name in names}
    assert set(rows_of(database, "sales", "series_id", "value")) == expected
