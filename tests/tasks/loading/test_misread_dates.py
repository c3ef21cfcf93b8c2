"""Files whose dates would be misread where both readings are possible, and files that are no tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from nightcast.errors import InputError
from sql.engine import Database
from tests.tasks.loading.loads import load, loaded, on_sqlite, write

pytestmark = on_sqlite


def sales(*days: str) -> str:
    return "series,day,sold\n" + "".join(f"a,{day},{number}\n" for number, day in enumerate(days))


@pytest.mark.parametrize(
    ("form", "date_format", "remedy"),
    [
        ("2024-{day:02}-01", None, "--date-format %Y-%d-%m"),
        ("2024/{day:02}/01", None, "--date-format %Y/%d/%m"),
        ("01/{day:02}/2024", "%d/%m/%Y", "--date-format %m/%d/%Y"),
        ("{day:02}.01.2024", "%m.%d.%Y", "--date-format %d.%m.%Y"),
    ],
)
def test_days_read_as_months_refuse_the_file(
    database: Database, tmp_path: Path, form: str, date_format: str | None, remedy: str
) -> None:
    path = write(tmp_path, sales(*(form.format(day=day) for day in range(1, 21))))
    with pytest.raises(InputError, match="8 of 20 rows") as refused:
        load(database, "sales", path, date_format=date_format)
    assert remedy in (refused.value.remedy or "")
    load(database, "sales", path, date_format=remedy.split()[-1])
    assert [row[1] for row in loaded(database, "sales")] == [f"2024-01-{day:02}" for day in range(1, 21)]


@pytest.mark.parametrize(
    "bad", ["2024-13-01", "2024-02-31", "2024-00-10", "2024-W54", "2024-Q5", "2024-M13", "31.02.2024", "2024-W00"]
)
def test_one_date_that_does_not_exist_is_one_rejected_row(database: Database, tmp_path: Path, bad: str) -> None:
    report = load(database, "sales", write(tmp_path, sales(*(f"2024-01-{day:02}" for day in range(1, 21)), bad)))
    assert (report.rows, report.rejections.rows) == (20, 1)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"series":"a","day":"2024-01-01","sold":1}\n{"series":"a","day":"2024-01-02","sold":2}\n', "JSON"),
        ('[{"series":"a","day":"2024-01-01","sold":1}]', "JSON"),
        ("<html><table><tr><td>series</td></tr></table></html>", "HTML or XML"),
    ],
)
def test_what_is_no_table_is_named(database: Database, tmp_path: Path, text: str, kind: str) -> None:
    with pytest.raises(InputError, match=f"seems to be {kind}"):
        load(database, "sales", write(tmp_path, text))


def test_the_byte_order_mark_of_a_joined_file_is_no_part_of_its_first_identifier(
    database: Database, tmp_path: Path
) -> None:
    text = "\ufeff" + sales("2024-01-01", "2024-01-02") + "\ufeffa,2024-01-03,2\n\ufeff" + sales("2024-01-04")
    report = load(database, "sales", write(tmp_path, text))
    assert {row[0] for row in loaded(database, "sales")} == {"a"}
    assert (report.rows, report.rejections.rows) == (4, 1)  # the second header
