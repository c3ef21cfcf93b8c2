"""Looking a source up: any name, query or view, and messages about a missing one."""

from __future__ import annotations

import datetime

import pytest
import sqlalchemy as sa

from nightcast.errors import InputError
from sql.engine import Database
from sql.settings import SalesSource, VisitColumns, VisitSource
from sql.source.lookup import look_up_source, source_exists
from sql.source.reading import WantedColumn
from tests.sql.source.sources import execute, fill, read, read_columns, visits

on_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"])
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
    columns = read(database, VisitSource(table=None, query=query), x="identifier", at="moment")
    assert columns == [["1:y"], [datetime.datetime(2024, 1, 5, 10, 30)]]


def test_a_query_that_fails_is_shown_with_its_reason(database: Database) -> None:
    fill(database, visits("kept", sa.Column("x", sa.Text)), ("still here",))
    closing = "SELECT 1 AS x) AS source; DROP TABLE kept; SELECT * FROM (SELECT 1 AS x"
    for query in ("SELECT nothing FROM nowhere", "DELETE FROM kept", "SELECT 1; DROP TABLE kept", "x", closing):
        with pytest.raises(InputError, match=r"The query of \[source\.visits\] fails: "):
            look_up_source(database, "source.visits", VisitSource(table=None, query=query), ["x"])
    assert read(database, VisitSource(table="kept"), x="identifier") == [["still here"]]


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
    with pytest.raises(InputError, match=r"'visits'.*\[source\.visits\]") as caught:
        look_up_source(database, "source.visits", VisitSource(), [])
    assert "Did you mean 'Visit'?" in caught.value.remedy
    assert "nightcast load" in caught.value.remedy
    assert not source_exists(database, VisitSource())


def test_a_missing_column_names_what_is_there(database: Database) -> None:
    fill(database, visits("visits", sa.Column("Customer", sa.Text), sa.Column("visited_at", sa.Text)))
    with pytest.raises(InputError, match="'visits' has no column 'customer_id'; it has 'Customer', 'visited_at'"):
        look_up_source(database, "source.visits", VisitSource(), ["customer_id"])
    with pytest.raises(InputError) as caught:
        look_up_source(database, "source.visits", VisitSource(), ["visited_on"])
    assert "Did you mean 'visited_at'?" in caught.value.remedy
    assert "[source.visits] columns" in caught.value.remedy
    query = SalesSource(table=None, query="SELECT 1 AS series")
    with pytest.raises(InputError, match="The query has no column 'series_id'; it has 'series'"):
        look_up_source(database, "source.sales", query, ["series_id"])
