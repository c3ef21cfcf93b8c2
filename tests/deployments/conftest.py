"""A shop with some nights, made once, in SQLite and in PostgreSQL; and the programs that read it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import chdir
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
from tests.conftest import PostgresServer
from tests.documents.sql_page import TONIGHT
from tests.end_to_end.conftest import Project
from tests.end_to_end.shops import answering_shop

READERS = Path(__file__).parents[2] / ".venv-readers" / "bin"


def reader(name: str) -> str:
    """A program of the environment `.venv-readers`; the test is skipped where it is missing."""
    program = READERS / name
    if not program.exists():
        pytest.skip(f"there is no {name} in .venv-readers: make .venv-readers/installed")
    return str(program)


def opened(url: URL) -> Database:
    """The database of a URL."""
    return open_database(DatabaseSettings(url=SecretStr(url.render_as_string(hide_password=False))))


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The shop in SQLite; tests only read it."""
    folder = tmp_path_factory.mktemp("shop")
    url = URL.create("sqlite", database=str(folder / "nightcast.db"))
    with pytest.MonkeyPatch.context() as patch, chdir(folder):
        for name, value in (prefect_defaults.DEFAULTS | prefect_defaults.QUIET).items():
            patch.setenv(name, value)
        patch.setenv("PREFECT_HOME", str(folder / "prefect"))
        patch.setenv("NIGHTCAST_DATABASE__URL", str(url))
        project = Project(folder, str(url), lambda: SimpleNamespace(out="", err=""))
        assert project.nightcast("init").code == 0
        answering_shop(project, TONIGHT, customers=200)
    database = opened(url)
    yield database
    database.engine.dispose()


@pytest.fixture(scope="session")
def postgres_shop(shop: Database, postgres_server: PostgresServer) -> Iterator[Database]:
    """The same rows in PostgreSQL; tests only read them."""
    database = opened(postgres_server.create(migrated=True))
    with shop.read() as source, database.write() as target:
        target.execute(sa.delete(dictionary_entry))
        for table in metadata.sorted_tables:
            rows = [dict(row) for row in source.execute(sa.select(table)).mappings()]
            if rows:
                target.execute(sa.insert(table), rows)
    yield database
    database.engine.dispose()
    postgres_server.drop(database.url)


@pytest.fixture(params=["sqlite", "postgresql"])
def either_shop(request: pytest.FixtureRequest) -> Database:
    """Both, one after the other."""
    name = {"sqlite": "shop", "postgresql": "postgres_shop"}[request.param]
    database: Database = request.getfixturevalue(name)
    return database
