"""The values of a column: which of some texts it holds, and all different ones."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from sql.engine import Database
from sql.settings import VisitSource
from sql.source.lookup import SourceRelation, look_up_source
from sql.source.reading import WantedColumn
from sql.source.values import AT_ONCE, different_values, held_values
from tests.sql.source.sources import fill, visits


def located(database: Database, kind: Any, *values: Any) -> SourceRelation:
    fill(database, visits("visits", sa.Column("series", kind)), *((value,) for value in values))
    return look_up_source(database, "source.visits", VisitSource(table="visits"), ["series"])


@pytest.mark.parametrize("kind", [sa.Text(), sa.String(20)])
def test_texts_are_found_exactly(database: Database, kind: Any) -> None:
    relation = located(database, kind, "all", "a 'quoted' one", "all", "STORE=NORTH", None)
    texts = ["all", "store=north", "a 'quoted' one", "50 %s :x", *map(str, range(AT_ONCE))]
    assert held_values(database, relation, "series", texts) == {"all", "a 'quoted' one"}
    assert held_values(database, relation, "series", []) == set()


def test_numbers_are_no_texts(database: Database) -> None:
    relation = located(database, sa.BigInteger(), 0, 7)
    assert held_values(database, relation, "series", ["all", "7"]) <= {"7"}


def test_each_value_is_read_once(database: Database) -> None:
    days = [datetime.date(2024, 5, 1), datetime.date(2024, 5, 2)]
    relation = located(database, sa.Date(), *days, *days)
    found = [
        str(value)
        for values in different_values(database, relation, WantedColumn("series", "moment"))
        for value in values.to_pylist()
    ]
    assert sorted(found) == ["2024-05-01", "2024-05-02"]


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])  # the query is written for these
def test_a_query_is_asked_too(database: Database) -> None:
    source = VisitSource(query="SELECT 'all' AS series WHERE '10:30' = '10:30'")
    relation = look_up_source(database, "source.visits", source, ["series"])
    assert held_values(database, relation, "series", ["all", "none"]) == {"all"}
