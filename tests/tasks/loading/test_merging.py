"""Rows of a file that share a key."""

from __future__ import annotations

from pathlib import Path

import pytest

from nightcast.errors import InputError
from sql.engine import Database
from sql.settings import SalesSource
from sql.source.lookup import source_exists
from tests.tasks.loading.loads import load, loaded, on_sqlite, write

HEADER = "series,day,sold"
LINES = [f"a,2024-01-{day:02},{sold}" for day in range(1, 31) for sold in (3, 5)]


@on_sqlite
def test_order_lines_are_refused_until_told_what_they_mean(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path, "\n".join([HEADER, *LINES]))
    with pytest.raises(InputError, match=r"100\.0%.*3 and 5 on 2024-01-01.*--duplicates sum"):
        load(database, "sales", path)
    assert not source_exists(database, SalesSource())
    for duplicates, value in {"sum": 8.0, "mean": 4.0, "greatest": 5.0}.items():
        report = load(database, "sales", path, duplicates=duplicates, replace=True)
        assert {row[2] for row in loaded(database, "sales")} == {value}
        assert (report.rows, report.rejections.rows) == (30, 0)
        assert ": 30;" in report.notes[0]
    with pytest.raises(InputError, match="30 rows of the file repeat"):
        load(database, "sales", path, duplicates="error", again=True)


@pytest.mark.parametrize("turned", [False, True])
@on_sqlite
def test_identical_rows_count_once_and_of_a_few_others_the_greatest(
    database: Database, tmp_path: Path, turned: bool
) -> None:
    lines = [f"s{number},2024-01-01,{number}" for number in range(200)] * 2 + ["s7,2024-01-01,9"]
    report = load(database, "sales", write(tmp_path, "\n".join([HEADER, *(lines[::-1] if turned else lines)])))
    values = {series: value for series, _, value in loaded(database, "sales")}
    assert values == {f"s{number}": float(number) for number in range(200)} | {"s7": 9.0}
    assert len(report.notes) == 1
    assert "201" in report.notes[0]
    assert "greatest" in report.notes[0]


@on_sqlite
def test_covariates_are_merged_by_name_and_series(database: Database, tmp_path: Path) -> None:
    prices = ["a,2024-01-01,price,1", "a,2024-01-01,price,1", ",2024-01-01,price,2"]
    lines = ["series,day,name,value", *prices, "a,2024-01-01,sun,3", "b,2024-01-01,sun,"]
    load(database, "covariates", write(tmp_path, "\n".join(lines)))
    assert sorted(loaded(database, "covariates"), key=str) == [
        ("a", "2024-01-01", "price", 1.0),
        ("a", "2024-01-01", "sun", 3.0),
        ("b", "2024-01-01", "sun", None),
        (None, "2024-01-01", "price", 2.0),
    ]
    with pytest.raises(InputError, match="--duplicates sum"):
        load(database, "covariates", write(tmp_path, "\n".join([*lines, "a,2024-01-01,sun,4"])))
