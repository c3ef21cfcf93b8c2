"""A shop with an answer to every question of `docs/sql.md`, made once for all processes of tests."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import chdir, closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.engine import URL

from flows.server import defaults as prefect_defaults
from sql.engine import Database, open_database
from sql.settings import DatabaseSettings
from sql.tables import dictionary_entry, metadata

CUSTOMERS = 200


def made_once(folder: Path) -> Path:
    """The shop's SQLite file in a folder that several processes share; whoever is first makes it."""
    path = folder / "nightcast.db"
    with _locked(folder / "lock"):
        if not path.exists():
            _make(folder / "being-made", path)
    return path


def copy_rows(source: Path, target: Database) -> None:
    """Copy all rows of the shop into other migrated tables."""
    database = opened(URL.create("sqlite", database=str(source)))
    with database.read() as reading, target.write() as writing:
        writing.execute(sa.delete(dictionary_entry))
        for table in metadata.sorted_tables:
            rows = [dict(row) for row in reading.execute(sa.select(table)).mappings()]
            if rows:
                writing.execute(sa.insert(table), rows)
    database.engine.dispose()


def _make(folder: Path, path: Path) -> None:
    from tests.documents.sql_page import TONIGHT
    from tests.end_to_end.conftest import Project
    from tests.end_to_end.shops import answering_shop

    folder.mkdir()
    url = str(URL.create("sqlite", database=str(folder / "nightcast.db")))
    with pytest.MonkeyPatch.context() as patch, chdir(folder):
        for name, value in (prefect_defaults.DEFAULTS | prefect_defaults.QUIET).items():
            patch.setenv(name, value)
        patch.setenv("PREFECT_HOME", str(folder / "prefect"))
        patch.setenv("NIGHTCAST_DATABASE__URL", url)
        project = Project(folder, url, lambda: SimpleNamespace(out="", err=""))
        assert project.nightcast("init").code == 0
        answering_shop(project, TONIGHT, customers=CUSTOMERS)
    part = path.with_suffix(".part")
    with closing(sqlite3.connect(folder / "nightcast.db")) as source, closing(sqlite3.connect(part)) as target:
        source.backup(target)  # what is in the file's log as well
    part.rename(path)


def opened(url: URL) -> Database:
    """The database of a URL."""
    return open_database(DatabaseSettings(url=SecretStr(url.render_as_string(hide_password=False))))


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
