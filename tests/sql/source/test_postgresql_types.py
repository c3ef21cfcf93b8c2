"""Columns of PostgreSQL that are no plain texts, dates or numbers: exact, or refused with their type."""

from __future__ import annotations

import math

import pytest

from nightcast.errors import InputError
from sql.engine import Database
from sql.settings import VisitSource
from tests.sql.source.sources import execute, read

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"])


@pytest.mark.parametrize(
    ("expression", "kind", "type_name"),
    [
        ("ARRAY['a']", "identifier", r"text\[\]"),
        ("ARRAY[DATE '2024-01-01']", "moment", r"date\[\]"),
        ("ARRAY[1.5]", "number", r"numeric\[\]"),
        ("'\\xff00'::bytea", "identifier", "bytea"),
        ("'\"a\"'::jsonb", "identifier", "jsonb"),
        ("'\"2024-01-01\"'::json", "moment", "json"),
    ],
)
def test_columns_without_single_values_are_refused(
    database: Database, expression: str, kind: str, type_name: str
) -> None:
    source = VisitSource(table=None, query=f"SELECT {expression} AS strange")
    with pytest.raises(InputError, match=f"'strange' of .* type {type_name}"):
        read(database, source, strange=kind)


@pytest.mark.parametrize(
    ("expression", "number"),
    [("1234.5::money", 1234.5), ("(-0.05)::money", -0.05), ("'NaN'::numeric", math.nan), ("1e-400::numeric", 0.0)],
)
def test_numbers_of_other_types_are_exact(database: Database, expression: str, number: float) -> None:
    source = VisitSource(table=None, query=f"SELECT {expression} AS paid")
    assert read(database, source, paid="number") == [[pytest.approx(number, nan_ok=True)]]


def test_numbers_in_json_are_read_as_texts(database: Database) -> None:
    source = VisitSource(table=None, query="SELECT '12.5'::jsonb AS paid")
    assert read(database, source, paid="number") == [["12.5"]]


def test_domains_views_and_names_in_capitals_or_like_keywords(database: Database) -> None:
    execute(
        database,
        "CREATE DOMAIN amount AS numeric(12, 2)",
        "CREATE DOMAIN card AS bigint",
        'CREATE SCHEMA "Till Data"',
        'CREATE TABLE "Till Data"."select" ("user" card, "Order %" date, "limit" amount)',
        """INSERT INTO "Till Data"."select" VALUES (17, '2024-01-05', 2.50), (18, 'infinity', 'NaN')""",
        'CREATE MATERIALIZED VIEW "Till Data"."View" AS SELECT * FROM "Till Data"."select"',
    )
    for table in ("Till Data.select", "Till Data.View"):
        ids, numbers = read(database, VisitSource(table=table), user="identifier", limit="number")
        assert ids == ["17", "18"]
        assert numbers == [2.5, pytest.approx(math.nan, nan_ok=True)]


def test_a_materialised_view_that_was_never_filled_is_named(database: Database) -> None:
    execute(database, "CREATE MATERIALIZED VIEW visits AS SELECT 'a' AS customer_id WITH NO DATA")
    with pytest.raises(InputError, match="has not been populated") as failed:
        read(database, VisitSource(), customer_id="identifier")
    assert "not filled" in (failed.value.remedy or "")
