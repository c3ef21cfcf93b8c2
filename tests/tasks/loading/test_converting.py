"""Columns of a file as those of the source table."""

from __future__ import annotations

from pathlib import Path

import pytest

from nightcast.errors import InputError
from sql.engine import Database
from sql.settings import SalesSource
from sql.source.lookup import source_exists
from tests.tasks.loading.loads import load, loaded, on_sqlite, rejected, write


@on_sqlite
def test_what_is_not_known_is_unknown_and_pointed_at_in_identifiers(database: Database, tmp_path: Path) -> None:
    marks = ["\\N", "NULL", "NA", "n/a", "-", "nan", ""]
    lines = [f"{'NULL' if mark == 'NA' else 'a'},2024-01-0{day + 1},{mark}" for day, mark in enumerate(marks)]
    report = load(database, "visits", write(tmp_path, "\n".join(["customer,at,paid", *lines, "b,NULL,1"])))
    assert [row[2] for row in loaded(database, "visits")] == [None] * 7
    assert [(row["customer"], row["reason"]) for row in rejected(report)] == [("b", "at is empty")]
    assert len(report.notes) == 1
    assert "'NULL' as customer: 1" in report.notes[0]
    assert "--where 'customer!=NULL'" in report.notes[0]


@pytest.mark.parametrize(
    ("options", "values"),
    [({}, None), ({"decimal": "."}, [980, 1.02]), ({"decimal": ","}, [980, 1020]), ({"thousands": "."}, [980, 1020])],
)
@on_sqlite
def test_numbers_that_can_be_read_in_two_ways(
    database: Database, tmp_path: Path, options: dict[str, str], values: list[float] | None
) -> None:
    path = write(tmp_path, "series;day;sold\na;2024-01-01;980\na;2024-01-02;1.020\n")
    if values is None:
        with pytest.raises(InputError, match=r"1020.*1\.02.*--thousands.*--decimal"):
            load(database, "sales", path)
        assert not source_exists(database, SalesSource())
    else:
        load(database, "sales", path, **options)
        assert [row[2] for row in loaded(database, "sales")] == values


@on_sqlite
def test_a_decimal_comma_is_recognised_and_told(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path, "series;day;sold\na;2024-01-01;12,50\na;2024-01-02;7,00\na;2024-01-03;87.702,34\n")
    report = load(database, "sales", path)
    assert [row[2] for row in loaded(database, "sales")] == [12.5, 7, 87702.34]
    assert len(report.notes) == 1
