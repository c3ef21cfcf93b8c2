"""Bulk reading: whatever a database holds, and whatever it is called, comes out as the same few types."""

from __future__ import annotations

import datetime
import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import sqlalchemy as sa

import sql.source.reading
from nightcast.errors import InputError, UnavailableError
from sql.engine import Database
from sql.settings import SalesSource, VisitColumns, VisitSource
from sql.source.finding import find_source, source_exists
from sql.source.reading import WantedColumn, read_batches
from tasks.conversion import to_local_days, to_numbers

NOW = datetime.datetime(2024, 6, 1, 12, 0, tzinfo=datetime.UTC)
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
on_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"])


def execute(database: Database, *statements: str) -> None:
    with database.write() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def fill(database: Database, table: sa.Table, *rows: tuple[Any, ...]) -> None:
    with database.write() as connection:
        table.create(connection)
        if rows:
            names = [column.name for column in table.columns]
            connection.execute(sa.insert(table), [dict(zip(names, row, strict=True)) for row in rows])


def visits(name: str, *columns: sa.Column[Any], schema: str | None = None) -> sa.Table:
    return sa.Table(name, sa.MetaData(schema=schema), *columns)


def read(database: Database, source: VisitSource, **columns: str) -> list[list[Any]]:
    """The columns, by the kind that each is wanted as."""
    wanted = [WantedColumn(name, kind) for name, kind in columns.items()]  # type: ignore[arg-type]
    return read_columns(database, source, wanted)


def read_columns(database: Database, source: VisitSource, wanted: list[WantedColumn]) -> list[list[Any]]:
    found = find_source(database, "source.visits", source, [column.name for column in wanted])
    batches = list(read_batches(database, found, wanted))
    return [[value for batch in batches for value in batch[place].to_pylist()] for place in range(len(wanted))]


def numbers(database: Database, source: VisitSource, name: str) -> tuple[list[float], list[bool]]:
    found = find_source(database, "source.visits", source, [name])
    read = [to_numbers(batch[0]) for batch in read_batches(database, found, [WantedColumn(name, "number")])]
    return np.concatenate([one.value for one in read]).tolist(), np.concatenate(
        [one.unreadable for one in read]
    ).tolist()


def test_identifiers_are_text_exactly_as_they_came(database: Database) -> None:
    ids = ["00001", " a ", "", None, "O'Brien", '"', "a,b\nc", "顧客", "e\u0301", "100%", ":x", "\\"]
    fill(
        database,
        visits("visits", sa.Column("customer_id", sa.Text), sa.Column("n", sa.Integer)),
        *((one, place) for place, one in enumerate(ids)),
    )
    assert read(database, VisitSource(), customer_id="identifier", n="number") == [
        ids,
        list(map(float, range(len(ids)))),
    ]


def test_identifiers_of_other_types_become_text(database: Database) -> None:
    big = 2**62
    fill(database, visits("visits", sa.Column("customer_id", sa.BigInteger)), (7,), (None,), (big,), (-1,))
    assert read(database, VisitSource(), customer_id="identifier") == [["7", None, str(big), "-1"]]


@on_postgresql
def test_identifiers_and_moments_of_postgresql(database: Database) -> None:
    one = "6f9619ff-8b86-d011-b42d-00c04fc964ff"
    query = f"""SELECT '{one}'::uuid AS u, 'ab'::varchar(9) AS v, '2024-01-05'::text AS t, DATE '2024-01-05' AS d,
        TIMESTAMP '2024-01-05 10:30' AS s, TIMESTAMPTZ '2024-01-05 23:30-05' AS z"""
    source = VisitSource(table=None, query=query)
    assert read(database, source, u="identifier", v="identifier", d="identifier") == [[one], ["ab"], ["2024-01-05"]]
    fifth, sixth = datetime.date(2024, 1, 5), datetime.date(2024, 1, 6)
    for name, day in {"t": fifth, "d": fifth, "s": fifth, "z": sixth}.items():
        found = find_source(database, "source.visits", source, [name])
        (batch,) = read_batches(database, found, [WantedColumn(name, "moment")])
        assert to_local_days(batch[0], "UTC", "UTC", NOW).day.tolist() == [(day - datetime.date(1970, 1, 1)).days]


def test_moments_mean_the_same_on_both_databases(database: Database) -> None:
    table = visits(
        "visits",
        sa.Column("day", sa.Date),
        sa.Column("naive", sa.DateTime),
        sa.Column("aware", sa.DateTime(timezone=True)),
        sa.Column("text", sa.Text),
    )
    fifth = datetime.datetime(2024, 1, 5, 23, 30)
    rows = [(fifth.date(), fifth, fifth.replace(tzinfo=datetime.UTC), "2024-01-05T23:30:00-05:00"), (None,) * 4]
    fill(database, table, *rows)
    found = find_source(database, "source.visits", VisitSource(), [])
    wanted = [WantedColumn(column.name, "moment") for column in table.columns]
    (batch,) = read_batches(database, found, wanted)
    for name, moments, day in zip(table.columns.keys(), batch, (5, 5, 6, 6), strict=True):
        # SQLite keeps no offset: what was aware is naive there, and in the source's time zone.
        source_zone = "UTC" if name == "aware" else "Europe/Zurich"
        days = to_local_days(moments, source_zone, "Europe/Zurich", NOW)
        assert days.day[0] == (datetime.date(2024, 1, day) - datetime.date(1970, 1, 1)).days, name
        assert days.unreadable.tolist() == [False, True], name


@on_postgresql
def test_the_infinities_of_postgresql_are_no_visits(database: Database) -> None:
    values = ["TIMESTAMP 'infinity'", "TIMESTAMP '-infinity'", "TIMESTAMPTZ 'infinity'", "DATE 'infinity'"]
    for value in [*values, "DATE '-infinity'", "DATE '20240-01-05'", "DATE '0044-03-15 BC'"]:
        source = VisitSource(table=None, query=f"SELECT {value} AS at")
        found = find_source(database, "source.visits", source, ["at"])
        (batch,) = read_batches(database, found, [WantedColumn("at", "moment")])
        days = to_local_days(batch[0], "UTC", "Europe/Zurich", NOW)
        assert days.unreadable[0] or days.future[0], value


def test_numbers_of_every_kind(database: Database) -> None:
    table = visits("visits", sa.Column("amount", sa.Double), sa.Column("whole", sa.BigInteger))
    fill(database, table, (0.1, 1), (-1e300, 2**53), (None, None))
    for name, expected in {"amount": [0.1, -1e300], "whole": [1.0, float(2**53)]}.items():
        values, unreadable = numbers(database, VisitSource(), name)
        assert values[:2] == expected
        assert math.isnan(values[2])
        assert unreadable == [False] * 3


def test_exact_decimals_become_doubles(database: Database) -> None:
    execute(
        database, "CREATE TABLE visits (amount NUMERIC(30, 4))", "INSERT INTO visits VALUES (12.3400), (0.1), (NULL)"
    )
    values, unreadable = numbers(database, VisitSource(), "amount")
    assert values[:2] == [12.34, 0.1]
    assert unreadable == [False] * 3


def test_numbers_as_text(database: Database) -> None:
    texts = ["1.5", " 2 ", "x", "NaN", "inf", "", None, "1e3"]
    fill(database, visits("visits", sa.Column("amount", sa.Text)), *[(text,) for text in texts])
    values, unreadable = numbers(database, VisitSource(), "amount")
    assert [value for value in values if not math.isnan(value)] == [1.5, 2.0, 1000.0]
    assert unreadable == [False, False, True, True, True, False, False, False]


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])  # the statements are written for the other two
def test_infinity_is_no_number(database: Database) -> None:
    execute(database, "CREATE TABLE visits (amount DOUBLE PRECISION)")
    infinity = "9e999" if database.dialect == "sqlite" else "'infinity'"
    execute(database, f"INSERT INTO visits VALUES ({infinity}), (-{infinity}), (1)".replace("-'", "'-"))
    assert numbers(database, VisitSource(), "amount")[1] == [True, True, False]


@on_postgresql
def test_not_a_number_of_postgresql(database: Database) -> None:
    source = VisitSource(table=None, query="SELECT 'NaN'::numeric AS a, 'NaN'::float8 AS b, true AS c, '1'::money AS d")
    for name in "abcd":
        assert numbers(database, source, name)[1] == [True]


@on_sqlite
def test_text_among_numbers_of_sqlite(database: Database) -> None:
    execute(
        database, "CREATE TABLE visits (amount)", "INSERT INTO visits VALUES (1), (0.1), ('x'), ('2'), (NULL), (9e15)"
    )
    values, unreadable = numbers(database, VisitSource(), "amount")
    assert [value for value in values if not math.isnan(value)] == [1.0, 0.1, 2.0, 9e15]
    assert unreadable == [False, False, True, False, False, False]


@on_sqlite
def test_text_that_is_not_utf8_is_explained(database: Database) -> None:
    execute(database, "CREATE TABLE visits (customer_id)", "INSERT INTO visits VALUES (CAST(X'4DFC' AS TEXT))")
    with pytest.raises(InputError, match=r"source\.visits.*UTF-8") as caught:
        read(database, VisitSource(), customer_id="identifier")
    assert caught.value.exit_code == 2


NAMES = [
    ("select", "from"),
    ("Größe 顧客", "Wer?"),
    ('x"; DROP TABLE kept; --', 'y"; DROP TABLE kept; --'),
    ("100%", "a:b %(c)s"),
    ("a.b", "c.d"),
    ("it's", "`x`"),
]


def create_by_hand(database: Database, table: str, column: str) -> None:
    """One row, put there without SQLAlchemy, which stumbles over some of these names."""
    table, column = (f'"{name.replace(chr(34), chr(34) * 2)}"' for name in (table, column))
    with database.write() as connection:
        for statement in (f"CREATE TABLE {table} ({column} TEXT)", f"INSERT INTO {table} VALUES ('a')"):
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])  # the statements are written for the other two
def test_any_name_is_only_a_name(database: Database) -> None:
    fill(database, visits("kept", sa.Column("x", sa.Text)), ("still here",))
    for table, column in NAMES:
        create_by_hand(database, table, column)
        source = VisitSource(table=table, columns=VisitColumns(customer_id=column))
        assert source_exists(database, source)
        assert read_columns(database, source, [WantedColumn(column, "identifier")]) == [["a"]]
    assert read(database, VisitSource(table="kept"), x="identifier") == [["still here"]]


QUERIES = {
    "a semicolon at the end": "SELECT 'a' AS x;",
    "a comment at the end": "SELECT 'a' AS x -- as it is",
    "a percent sign": "SELECT 'a' AS x WHERE '100%s' LIKE '100%'",
    "colons": "SELECT 'a' AS x WHERE '10:30:00' = '10:30:00' AND ':x' <> ' :y'",
    "a backslash before a colon": r"SELECT 'a' AS x WHERE '\:x' <> ':x'",
    "quotes": """SELECT 'a' AS "x" WHERE 'it''s' = 'it''s' AND 'q"' <> ''""",
    "a common table expression": "WITH one AS (SELECT 'a' AS x) SELECT x FROM one",
    "an order and a limit": "SELECT 'a' AS x UNION ALL SELECT 'b' ORDER BY 1 LIMIT 1",
    "a cast": "SELECT CAST('a' AS VARCHAR(9)) AS x",
}


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])  # the statements are written for the other two
def test_queries(database: Database) -> None:
    for name, query in QUERIES.items():
        assert read(database, VisitSource(table=None, query=query), x="identifier") == [["a"]], name
    assert source_exists(database, VisitSource(table=None, query="SELECT 1"))


@on_postgresql
def test_a_double_colon_is_a_cast(database: Database) -> None:
    query = "SELECT 1::text || ':y'::varchar AS x, '2024-01-05 10:30'::timestamp AS at"
    found = read(database, VisitSource(table=None, query=query), x="identifier", at="moment")
    assert found == [["1:y"], [datetime.datetime(2024, 1, 5, 10, 30)]]


def test_a_query_that_fails_is_shown_with_its_reason(database: Database) -> None:
    fill(database, visits("kept", sa.Column("x", sa.Text)), ("still here",))
    for query in ("SELECT nothing FROM nowhere", "DELETE FROM kept", "SELECT 1; DROP TABLE kept", "x"):
        with pytest.raises(InputError, match=r"The query of \[source\.visits\] fails: "):
            find_source(database, "source.visits", VisitSource(table=None, query=query), ["x"])
    assert read(database, VisitSource(table="kept"), x="identifier") == [["still here"]]


@on_postgresql
def test_a_row_that_fails_is_bad_data_and_not_worth_another_try(database: Database) -> None:
    query = "SELECT 1 / (3 - n) AS x FROM generate_series(1, 5) AS n"
    with pytest.raises(InputError, match=r"\[source\.visits\] fails: .*division by zero"):
        read(database, VisitSource(table=None, query=query), x="number")


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])  # the statements are written for the other two
def test_a_table_in_another_schema(database: Database) -> None:
    if database.dialect == "sqlite":
        source = VisitSource(table="main.visits")
        fill(database, visits("visits", sa.Column("x", sa.Text)), ("a",))
    else:
        source = VisitSource(table='Shop "1".visits')
        execute(database, 'CREATE SCHEMA "Shop ""1"""')
        fill(database, visits("visits", sa.Column("x", sa.Text), schema='Shop "1"'), ("a",))
    assert source_exists(database, source)
    assert read(database, source, x="identifier") == [["a"]]
    assert not source_exists(database, VisitSource(table="nowhere.visits"))


def test_a_view_is_as_good_as_a_table(database: Database) -> None:
    execute(database, "CREATE VIEW visits AS SELECT 'a' AS x")
    assert source_exists(database, VisitSource())
    assert read(database, VisitSource(), x="identifier") == [["a"]]


def test_a_missing_table_names_the_nearest(database: Database) -> None:
    fill(database, visits("Visit", sa.Column("x", sa.Text)))
    with pytest.raises(InputError, match=r"no table or view 'visits'.*\[source\.visits\] looks for it") as caught:
        find_source(database, "source.visits", VisitSource(), [])
    assert "Did you mean 'Visit'?" in caught.value.remedy
    assert "nightcast load" in caught.value.remedy
    assert not source_exists(database, VisitSource())


def test_a_missing_column_names_what_is_there(database: Database) -> None:
    fill(database, visits("visits", sa.Column("Customer", sa.Text), sa.Column("visited_at", sa.Text)))
    with pytest.raises(InputError, match="'visits' has no column 'customer_id'; it has 'Customer', 'visited_at'"):
        find_source(database, "source.visits", VisitSource(), ["customer_id"])
    with pytest.raises(InputError) as caught:
        find_source(database, "source.visits", VisitSource(), ["visited_on"])
    assert "Did you mean 'visited_at'?" in caught.value.remedy
    assert "[source.visits] columns" in caught.value.remedy
    query = SalesSource(table=None, query="SELECT 1 AS series")
    with pytest.raises(InputError, match="The query has no column 'series_id'; it has 'series'"):
        find_source(database, "source.sales", query, ["series_id"])


def test_an_empty_table_has_no_batch_with_rows(database: Database) -> None:
    fill(database, visits("visits", sa.Column("customer_id", sa.Text), sa.Column("amount", sa.Double)))
    assert read(database, VisitSource(), customer_id="identifier", amount="number") == [[], []]


def test_more_rows_than_a_batch_holds(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql.source.reading, "BATCH_ROWS", 7)
    rows = [(f"{number:03}", float(number)) for number in range(100)]
    fill(database, visits("visits", sa.Column("customer_id", sa.Text), sa.Column("amount", sa.Double)), *rows)
    ids, amounts = read(database, VisitSource(), customer_id="identifier", amount="number")
    assert sorted(zip(ids, amounts, strict=True)) == rows
    found = find_source(database, "source.visits", VisitSource(), [])
    if database.dialect == "sqlite":
        sizes = [len(batch[0]) for batch in read_batches(database, found, [WantedColumn("amount", "number")])]
        assert sizes == [7] * 14 + [2]


def test_columns_come_in_the_order_asked_for_and_twice_where_asked_twice(database: Database) -> None:
    fill(database, visits("visits", sa.Column("a", sa.Text), sa.Column("b", sa.Text)), ("1", "2"))
    wanted = [WantedColumn("b", "identifier"), WantedColumn("a", "identifier"), WantedColumn("b", "number")]
    found = find_source(database, "source.visits", VisitSource(), [])
    (batch,) = read_batches(database, found, wanted)
    assert [column.to_pylist() for column in batch] == [["2"], ["1"], ["2"]]
    assert all(isinstance(column, pa.Array) for column in batch)


@on_postgresql
def test_a_connection_lost_while_reading_is_worth_another_try(database: Database) -> None:
    source = VisitSource(table=None, query="SELECT pg_terminate_backend(pg_backend_pid())::text AS x")
    found = find_source(database, "source.visits", source, ["x"])
    with pytest.raises(UnavailableError, match="Reading from") as caught:
        list(read_batches(database, found, [WantedColumn("x", "identifier")]))
    assert caught.value.exit_code == 3


ROWS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n",
    "postgresql": "SELECT lpad(i::text, 100, '0') FROM generate_series(1, 400000) AS i",  # more than one batch of bytes
}


@pytest.mark.parametrize("database_kind", ROWS)
def test_what_is_loaded_meanwhile_is_not_half_read(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql.source.reading, "BATCH_ROWS", 100)
    source = VisitSource(table="growing")
    execute(database, "CREATE TABLE growing (customer_id TEXT)", f"INSERT INTO growing {ROWS[database.dialect]}")
    found = find_source(database, "source.visits", source, ["customer_id"])
    batches = read_batches(database, found, [WantedColumn("customer_id", "identifier")])
    first = [len(columns[0]) for columns in (next(batches), next(batches))]
    execute(database, "DELETE FROM growing WHERE customer_id > '5'", "INSERT INTO growing VALUES ('late'), ('later')")
    rest = [len(columns[0]) for columns in batches]
    assert rest
    assert sum(first + rest) == {"sqlite": 1_000, "postgresql": 400_000}[database.dialect]
