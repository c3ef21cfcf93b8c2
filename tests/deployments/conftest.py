"""A shop with some nights, made once, in SQLite and in PostgreSQL; and the programs that read it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from sql.engine import Database
from tests.answering import copy_rows, opened
from tests.conftest import PostgresServer

READERS = Path(__file__).parents[2] / ".venv-readers" / "bin"


def reader(name: str) -> str:
    """A program of the environment `.venv-readers`; the test is skipped where it is missing."""
    program = READERS / name
    if not program.exists():
        pytest.skip(f"there is no {name} in .venv-readers: make .venv-readers/installed")
    return str(program)


@pytest.fixture(scope="session")
def shop(answering_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The shop in SQLite; tests only read it."""
    path = shutil.copy(answering_file, tmp_path_factory.mktemp("shop") / "nightcast.db")
    database = opened(URL.create("sqlite", database=str(path)))
    yield database
    database.engine.dispose()


@pytest.fixture(scope="session")
def postgres_shop(answering_file: Path, postgres_server: PostgresServer) -> Iterator[Database]:
    """The same rows in PostgreSQL; tests only read them."""
    database = opened(postgres_server.create(migrated=True))
    copy_rows(answering_file, database)
    yield database
    database.engine.dispose()
    postgres_server.drop(database.url)


@pytest.fixture(params=["sqlite", "postgresql"])
def either_shop(request: pytest.FixtureRequest) -> Database:
    """Both, one after the other."""
    name = {"sqlite": "shop", "postgresql": "postgres_shop"}[request.param]
    database: Database = request.getfixturevalue(name)
    return database
