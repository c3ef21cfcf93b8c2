"""Which rows `--where` chooses."""

from __future__ import annotations

from pathlib import Path

import pytest

from nightcast.errors import InputError, UsageError
from sql.engine import Database
from tests.tasks.loading.loads import load, loaded, on_sqlite, write

TEXT = """customer,at,paid,status,shop
a,2024-01-01,1,done,x
b,2024-01-02,2,cancelled,x
c,2024-01-03,3, paid ,y
d,2024-01-04,"4,5",no-show,y
e,2024-01-05,5,,x
"""


@pytest.mark.parametrize(
    ("where", "customers", "left_out"),
    [
        (["status=done"], "a", 4),
        (["status=done", "status=paid"], "ac", 3),
        (["status!=cancelled", "status!=no-show"], "ace", 2),
        (["status!=no-show", "shop=y"], "c", 4),
        (["status="], "e", 4),
        (["status!=", "status!=no-show", "at!=2024-01-01"], "bc", 3),
    ],
)
@on_sqlite
def test_conditions(database: Database, tmp_path: Path, where: list[str], customers: str, left_out: int) -> None:
    report = load(database, "visits", write(tmp_path, TEXT), where=tuple(where))
    assert "".join(row[0] for row in loaded(database, "visits")) == customers
    assert f"{left_out}." in report.notes[0]
    assert report.rejections.rows == 0  # rows that nobody wants are not rejected, and their numbers are not looked at


@on_sqlite
def test_values_that_no_row_has_are_told(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path, TEXT)
    report = load(database, "visits", path, where=("status!=canceled", "status!=no-show"))
    assert "No row has 'canceled' in status. Did you mean 'cancelled'?" in report.notes
    with pytest.raises(InputError, match="status is '', 'cancelled', 'done', 'no-show', 'paid'"):
        load(database, "visits", path, where=("status=Done",), again=True)
    with pytest.raises(UsageError, match="'status' is no condition"):
        load(database, "visits", path, where=("status",))
    with pytest.raises(InputError, match="no column 'state'"):
        load(database, "visits", path, where=("state=done",))
