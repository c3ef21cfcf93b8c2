"""Reading a database that may not be written to."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from nightcast.errors import UnavailableError
from sql.connection.read_only import read_only
from sql.engine import Database
from sql.tables import forecast_run
from tests.sql.ledger.test_listings import publish_visits

COUNT = sa.select(sa.func.count()).select_from(forecast_run)


def test_nothing_can_be_written(database: Database) -> None:
    publish_visits(database, {"a": 0.5})
    reader = read_only(database)
    assert reader.value(COUNT) == 1
    with pytest.raises((DBAPIError, UnavailableError)), reader.read() as connection:
        connection.execute(sa.delete(forecast_run))
    with pytest.raises(RuntimeError):
        reader.write()
    assert database.value(COUNT) == 1
    reader.engine.dispose()


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_path_with_signs_of_an_address_is_read(database: Database, tmp_path: Path) -> None:
    publish_visits(database, {"a": 0.5})
    database.engine.dispose()
    path = tmp_path / "what? 100%#.db"
    shutil.copyfile(str(database.file), path)
    assert read_only(Database(sa.URL.create("sqlite", database=str(path)), None)).value(COUNT) == 1
    missing = read_only(Database(sa.URL.create("sqlite", database=str(tmp_path / "none.db")), None))
    with pytest.raises(UnavailableError):
        missing.value(COUNT)
    assert not (tmp_path / "none.db").exists()


AS_NOBODY = """
import os, sys
from sqlalchemy import URL, create_engine
from sql.engine import Database
from sql.connection.read_only import read_only
create_engine("sqlite://").connect().close()  # imports what nobody may not read
if os.geteuid() == 0:  # root may write everywhere
    os.setgid(65534)
    os.setuid(65534)
database = read_only(Database(URL.create("sqlite", database=sys.argv[1]), None))
with database.read() as connection:
    print(connection.exec_driver_sql("SELECT count(*) FROM t").scalar())
"""


@pytest.mark.parametrize("under_way", [False, True])
def test_a_file_without_the_right_to_write_is_read(under_way: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "nightcast.db"
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (a)")
        if not under_way:
            connection.close()  # removes the write-ahead log
        before = sorted(Path(folder).iterdir())
        for file in (*before, Path(folder)):
            file.chmod(0o555)
        answer = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, str(path)], capture_output=True, text=True, check=False
        )
        after = sorted(Path(folder).iterdir())
        connection.close()
        Path(folder).chmod(0o755)
    assert (answer.returncode, answer.stdout) == (0, "0\n"), answer.stderr
    assert (len(before), after) == (3 if under_way else 1, before)
