"""The file of rejected rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from sql.engine import Database
from tests.tasks.loading.loads import load, on_sqlite, rejected, write


@on_sqlite
def test_an_old_file_of_rejected_rows_goes(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path, "customer,at,paid\na,2024-01-01,1\n,2024-01-01,1\n")
    first = load(database, "visits", path)
    assert first.rejected_file is not None
    assert first.rejected_file.exists()
    assert load(database, "visits", write(tmp_path, "customer,at,paid\na,2024-01-01,1\n")).rejected_file is None
    assert not first.rejected_file.exists()


@on_sqlite
def test_rejected_rows_go_to_the_working_folder_when_theirs_is_closed(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "working").mkdir()
    monkeypatch.chdir(tmp_path / "working")
    touch = Path.touch

    def closed(path: Path, mode: int) -> None:
        if path.parent == tmp_path:
            raise PermissionError
        touch(path, mode)

    monkeypatch.setattr(Path, "touch", closed)
    report = load(database, "visits", write(tmp_path, "customer,at,paid\na,2024-01-01,1\n,2024-01-01,1\n"))
    assert report.rejected_file == tmp_path / "working" / "file.csv.rejected.csv"
    assert len(rejected(report)) == 1


@on_sqlite
def test_columns_of_one_name_are_all_kept(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path, "customer,at,paid,x,x,,\na,2024-01-01,1,p,q,,\n,2024-01-01,1,r,s,,t\n")
    assert [list(row.values()) for row in rejected(load(database, "visits", path))] == [
        ["", "2024-01-01", "1", "r", "s", "", "t", "customer is empty", "3"]
    ]
