"""Bulk writing: what goes in comes out again, to the last character and the last digit."""

from __future__ import annotations

import datetime
import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import sqlalchemy as sa

from sql.engine import Database
from sql.tables import QUANTILES, evaluation, next_visit_stored, product_lock, sales_forecast, series_status
from sql.writing import append, nulls_for_nan, qualified_name

TEXTS = [
    "plain",
    "plain ",
    "Plain",
    "pläin",
    "",
    " lead and trail ",
    "O'Brien",
    'double " quote',
    '"',
    '""',
    ",",
    "a,b;c\td",
    "two\nlines",
    "carriage\r\nreturn",
    "\r",
    "\\.",
    "a\n\\.\nb",
    "\\N",
    "NULL",
    "null",
    "顧客",
    "e\u0301",
    "🙂",
    "\u00a0",
    "%s %(x)s :x",
]
DOUBLES = [0.1, 1 / 3, -0.0, 5e-324, 1.7976931348623157e308, 12345678.9012345, 1e22, 2.0, -1e-7]


def write(database: Database, table: sa.Table, rows: pa.Table) -> int:
    with database.write() as connection:
        return append(connection, table, rows)


def rows_of(database: Database, *columns: sa.Column[Any], order: Any) -> list[tuple[Any, ...]]:
    with database.read() as connection:
        return [tuple(row) for row in connection.execute(sa.select(*columns).order_by(order)).all()]


def statuses(**columns: Any) -> pa.Table:
    size = len(next(iter(columns.values())))
    given = {
        "run_id": ["r"] * size,
        "series_id": [f"{place:04}" for place in range(size)],
        "status": ["forecast"] * size,
    }
    return pa.table(given | {"observations": pa.array(range(size), pa.int32())} | columns)


def test_texts_come_back_as_they_were(database: Database) -> None:
    assert write(database, series_status, statuses(reason=TEXTS, model=pa.nulls(len(TEXTS), pa.string()))) == len(TEXTS)
    table = series_status.c
    assert rows_of(database, table.reason, table.model, order=table.series_id) == [(text, None) for text in TEXTS]


def test_texts_may_be_keys(database: Database) -> None:
    write(database, series_status, statuses(series_id=TEXTS))
    texts = {series for (series,) in rows_of(database, series_status.c.series_id, order=series_status.c.observations)}
    assert texts == set(TEXTS)


def test_an_empty_text_is_not_null(database: Database) -> None:
    write(database, series_status, statuses(reason=["", None]))
    with database.read() as connection:
        missing = sa.select(series_status.c.series_id).where(series_status.c.reason.is_(None))
        assert connection.execute(missing).scalars().all() == ["0001"]


def test_doubles_come_back_to_the_last_digit(database: Database) -> None:
    drawn = np.random.default_rng(1).standard_normal(500) * 10.0 ** np.random.default_rng(2).integers(-30, 30, 500)
    values = [*DOUBLES, *drawn.tolist()]
    write(database, series_status, statuses(skill=values))
    skills = [skill for (skill,) in rows_of(database, series_status.c.skill, order=series_status.c.series_id)]
    assert skills == values


def test_not_a_number_becomes_null_and_nothing_else_does(database: Database) -> None:
    rows = nulls_for_nan(statuses(skill=[0.5, math.nan, None, math.inf], reason=["a", None, "", "nan"]))
    assert rows["skill"].to_pylist() == [0.5, None, None, math.inf]
    assert rows["reason"].to_pylist() == ["a", None, "", "nan"]
    write(database, series_status, rows.slice(0, 3))
    rows = rows_of(database, series_status.c.skill, order=series_status.c.series_id)
    assert rows == [(0.5,), (None,), (None,)]


def test_dates_and_moments(database: Database) -> None:
    days = [datetime.date(2024, 2, 29), datetime.date(1969, 12, 31), None, datetime.date(2262, 1, 1)]
    write(database, series_status, statuses(last_period=pa.array(days, pa.date32())))
    assert [day for (day,) in rows_of(database, series_status.c.last_period, order=series_status.c.series_id)] == days
    moment = datetime.datetime(2024, 3, 31, 1, 30, 0, 123456)
    lock = {"product": ["sales"], "run_id": ["r"], "host": ["h"], "pid": [1], "process_started_at": [1.25]}
    write(database, product_lock, pa.table(lock | {"heartbeat_at": pa.array([moment], pa.timestamp("us"))}))
    ((heartbeat_at,),) = rows_of(database, product_lock.c.heartbeat_at, order=product_lock.c.product)
    assert heartbeat_at == moment.replace(tzinfo=datetime.UTC)


def test_columns_are_matched_by_name_in_any_order(database: Database) -> None:
    rows = statuses(reason=["b"], model=["a"])
    write(database, series_status, rows.select(sorted(rows.column_names, reverse=True)))
    table = series_status.c
    assert rows_of(database, table.series_id, table.model, table.reason, order=table.run_id) == [("0000", "a", "b")]


def test_numbers_of_small_types_and_chunks(database: Database) -> None:
    chunks = pa.chunked_array([pa.array([1], pa.int8()), pa.array([2, 3], pa.int8())])
    rows = pa.table(
        {
            "run_number": [1] * 3,
            "customer_id": ["a", "b", "c"],
            "last_visit_on": pa.array([0, 1, 2], pa.int32()).cast(pa.date32()),
            "visit_days": np.array([1, 2, 3], np.int32),
            "elapsed_days": np.array([1, 2, 3], np.int64),
            "likely_bin": chunks,
            "probability_1": np.array([0.5, 0.25, 0.125], np.float32),
        }
    )
    assert write(database, next_visit_stored, rows) == 3
    table = next_visit_stored.c
    rows = rows_of(database, table.likely_bin, table.probability_1, table.visit_days, order=table.customer_id)
    assert rows == [(1, 0.5, 1), (2, 0.25, 2), (3, 0.125, 3)]


def test_no_rows_are_written_without_a_word(database: Database) -> None:
    assert write(database, series_status, statuses(skill=[1.0]).slice(0, 0)) == 0
    assert rows_of(database, series_status.c.run_id, order=series_status.c.run_id) == []


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])  # the messages are those of the other two
def test_a_refused_row_leaves_none_of_its_batch(database: Database) -> None:
    twice = statuses(series_id=["a", "b", "a"])
    with pytest.raises(Exception, match=r"(?i)unique"):
        write(database, series_status, twice)
    assert rows_of(database, series_status.c.run_id, order=series_status.c.run_id) == []


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])  # the messages are those of the other two
def test_a_null_where_none_may_be_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)not.null"):
        write(database, series_status, statuses(status=["forecast", None]))


def test_many_rows(database: Database) -> None:
    size = 30_000
    step = np.arange(size, dtype=np.int32)
    value = step / 7
    rows = {"run_id": ["r"] * size, "series_id": ["s"] * size, "period": pa.array(step).cast(pa.date32()), "step": step}
    rows |= dict.fromkeys(("mean", *QUANTILES), value) | {"model": ["lstm"] * size}
    assert write(database, sales_forecast, pa.table(rows)) == size
    with database.read() as connection:
        total = sa.select(sa.func.count(), sa.func.max(sales_forecast.c.q975)).select_from(sales_forecast)
        assert tuple(connection.execute(total).one()) == (size, value[-1])


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])  # the messages are those of the other two
def test_names_are_qualified_with_the_schema_in_use(database: Database) -> None:
    with database.read() as connection:
        name = qualified_name(connection, evaluation)
    assert name == ("evaluation" if database.dialect == "sqlite" else "nightcast.evaluation")


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_rows_go_to_a_schema_of_any_name(empty_database: Database) -> None:
    elsewhere = Database(empty_database.url, 'My "schema"')
    with elsewhere.write() as connection:
        connection.exec_driver_sql('CREATE SCHEMA "My ""schema"""')
        series_status.create(connection)
    write(elsewhere, series_status, statuses(reason=["x"]))
    assert rows_of(elsewhere, series_status.c.reason, order=series_status.c.run_id) == [("x",)]
    elsewhere.engine.dispose()
