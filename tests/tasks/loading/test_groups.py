"""Columns of groups in files, such as stores and categories."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nightcast.errors import InputError, UsageError
from sql.engine import Database
from sql.filling.columns import GROUP
from tests.tasks.loading.loads import COLUMNS, load, on_sqlite, write

VISITS = ["customer,at,paid,store", "a,2024-01-01 10:00,1,north", "a,2024-01-01 10:00,1,south", "b,2024-01-02,2,"]
SALES = ["series,day,sold,store", "a,2024-01-01,3,north", "a,2024-01-02,4,north", "b,2024-01-01,5,"]


def with_store(source: str) -> dict[str, str]:
    return {**COLUMNS[source], GROUP + "store": "store"}  # type: ignore[index]


def column(database: Database, table: str, *names: str) -> list[Any]:
    query = sa.select(*map(sa.column, names)).select_from(sa.table(table))
    with database.read() as connection:
        return sorted(map(tuple, connection.execute(query)), key=str)


def test_visits_are_told_apart_by_their_group(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path, "\n".join(VISITS))
    assert load(database, "visits", path, columns=with_store("visits")).rows == 3
    stores = [("a", "north"), ("a", "south"), ("b", None)]
    assert column(database, "visits", "customer_id", "store") == stores
    more = write(tmp_path, "\n".join([*VISITS, "c,2024-01-03,1,north"]))
    report = load(database, "visits", more, columns=with_store("visits"))
    assert (report.rows, report.rows_known) == (1, 3)


def test_sales_keep_their_group(database: Database, tmp_path: Path) -> None:
    load(database, "sales", write(tmp_path, "\n".join(SALES)), columns=with_store("sales"))
    kept = [("a", 3.0, "north"), ("a", 4.0, "north"), ("b", 5.0, None)]
    assert column(database, "sales", "series_id", "value", "store") == kept


@pytest.mark.parametrize("turned", [False, True])
@on_sqlite
def test_the_group_of_merged_rows_depends_on_no_order(database: Database, tmp_path: Path, turned: bool) -> None:
    lines = ["a,2024-01-01,1,south", "a,2024-01-01,2,north", "a,2024-01-01,4,", "b,2024-01-01,8,north"]
    path = write(tmp_path, "\n".join([SALES[0], *(lines[::-1] if turned else lines)]))
    load(database, "sales", path, columns=with_store("sales"), duplicates="sum")
    assert column(database, "sales", "series_id", "value", "store") == [("a", 7.0, "south"), ("b", 8.0, "north")]


@on_sqlite
def test_a_table_without_the_column_is_refused(database: Database, tmp_path: Path) -> None:
    load(database, "sales", write(tmp_path, "\n".join(SALES)))
    with pytest.raises(InputError, match="store"):
        load(database, "sales", write(tmp_path, "\n".join(SALES)), columns=with_store("sales"), again=True)


@pytest.mark.parametrize("name", ["value", "period"])
@on_sqlite
def test_a_group_may_not_have_the_name_of_another_column(database: Database, tmp_path: Path, name: str) -> None:
    columns = {**COLUMNS["sales"], GROUP + name: name}
    path = write(tmp_path, f"series,day,sold,{name}\na,2024-01-01,3,north")
    with pytest.raises(UsageError, match=f"--group {name}"):
        load(database, "sales", path, columns=columns)
