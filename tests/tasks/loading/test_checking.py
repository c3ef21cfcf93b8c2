"""Which rows are rejected, and when a whole file is."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from nightcast.errors import InputError
from sql.engine import Database
from sql.settings import VisitSource
from sql.source.lookup import source_exists
from sql.tables import rejected_row, source_load
from tests.tasks.loading.loads import count, load, loaded, on_sqlite, rejected, write


def test_bad_lines_are_counted_explained_and_kept(database: Database, tmp_path: Path) -> None:
    lines = [
        "customer,at,paid",
        "a,2024-01-01,1",
        ",2024-01-01,1",
        "b,31/12/2023,1",
        "",
        '"c\nc",2024-06-02,1',
        "d,2024-06-01 12:00:01,1",
        "e,2024-01-01,lots",
        "f,2024-01-01,inf",
        "g,2024-01-01,1,2",
        "h,2024-01-01",
        "i,,NaN",
        "j,now,1",
        "k,2024-06-01,",
        "l,2024-06-01 12:00:00,7",
        "m,2024-01-01,8",
        f"{'n' * 256},2024-01-01,9",
    ]
    report = load(database, "visits", write(tmp_path, "\n".join(lines) + "\n"))
    assert [row[0] for row in loaded(database, "visits")] == ["a", "k", "l", "m"]
    assert report.rejected_file == tmp_path / "file.csv.rejected.csv"
    assert stat.S_IMODE(report.rejected_file.stat().st_mode) == 0o600
    rows = sorted((int(row["line"]), row["customer"], row["paid"], row["reason"]) for row in rejected(report))
    assert rows == [
        (3, "", "1", "customer is empty"),
        (4, "b", "1", "at is not an ISO 8601 date or timestamp"),
        (6, "c\nc", "1", "at is after the clock"),
        (8, "d", "1", "at is after the clock"),
        (9, "e", "lots", "paid is not a number up to 1e15"),
        (10, "f", "inf", "paid is not a number up to 1e15"),
        (11, "g", "1,2", "wrong number of fields: 4 fields instead of 3"),
        (12, "h", "", "wrong number of fields: 2 fields instead of 3"),
        (13, "i", "NaN", "at is empty"),
        (14, "j", "1", "at is not an ISO 8601 date or timestamp"),
        (18, "n" * 256, "9", "customer has more than 255 characters"),
    ]
    assert (report.rows, report.rejections.rows) == (4, 11)
    with database.read() as connection:
        kept = connection.execute(sa.select(rejected_row.c.reason, rejected_row.c.rows, rejected_row.c.example)).all()
    assert sorted(map(tuple, kept)) == [
        ("at is after the clock", 2, "line 6: at is '2024-06-02'"),
        ("at is empty", 1, "line 13"),
        ("at is not an ISO 8601 date or timestamp", 2, "line 4: at is '99/99/9999'"),
        ("customer has more than 255 characters", 1, "line 18"),
        ("customer is empty", 1, "line 3"),
        ("paid is not a number up to 1e15", 2, "line 9: paid is 'xxxx'"),
        ("wrong number of fields", 2, "line 11: 4 fields instead of 3"),
    ]


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])  # MySQL commits at every CREATE
def test_mostly_unreadable_dates_refuse_the_file(database: Database, tmp_path: Path) -> None:
    text = "customer,at,paid\na,2024-01-01,1\nb,31/12/2023,1\nc,30/12/2023,1\n"
    path = write(tmp_path, text)
    with pytest.raises(InputError, match=r"2 of 3 rows.*'31/12/2023' and '30/12/2023'.*--date-format %d/%m/%Y"):
        load(database, "visits", path)
    assert not source_exists(database, VisitSource())
    assert count(database, source_load) == count(database, rejected_row) == 0
    assert [other.name for other in tmp_path.glob("file*")] == ["file.csv"]


@on_sqlite
def test_a_date_that_can_be_two_days_is_shown_as_both(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path, "customer,at,paid\na,01/01/2024,1\nb,05/04/2024,1\n")
    both = r"'05/04/2024' is 2024-04-05 with --date-format %d/%m/%Y or 2024-05-04 with --date-format %m/%d/%Y"
    with pytest.raises(InputError, match=both):
        load(database, "visits", path)


@on_sqlite
def test_weeks_of_which_some_look_like_months_refuse_the_file(database: Database, tmp_path: Path) -> None:
    weeks = [f"2023-{week:02}" for week in range(1, 21)]
    path = write(tmp_path, "customer,at,paid\n" + "".join(f"a,{week},1\n" for week in weeks))
    with pytest.raises(InputError, match=r"8 of 20 rows.*--date-format iso-week"):
        load(database, "visits", path)
    load(database, "visits", path, date_format="iso-week")
    assert [row[1] for row in loaded(database, "visits")][12] == "2023-03-27"


def test_dates_that_no_one_format_reads_are_shown_by_one_that_each_reads(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path, "customer,at,paid\na,10/13/2023,1\nb,14/10/2023,1\nc,10/03/2023,1\n")
    with pytest.raises(InputError, match=r"'10/03/2023' is 2023-03-10 with .* or 2023-10-03 with"):
        load(database, "visits", path)


def test_few_unreadable_dates_are_rejected_with_their_format(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path, "customer,at,paid\na,2024-01-01,1\nb,2024-01-02,1\nc,31.12.2023,1\n")
    report = load(database, "visits", path)
    assert (report.rows, report.rejections.rows) == (2, 1)
    (note,) = report.notes
    assert note.startswith("Unreadable dates: 1. Read them with --date-format %d.%m.%Y. With --again ")


@on_sqlite
def test_a_format_that_is_not_needed_is_told(database: Database, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Leave out --date-format"):
        load(database, "visits", write(tmp_path, "customer,at,paid\na,2024-01-01,1\n"), date_format="%d.%m.%Y")
