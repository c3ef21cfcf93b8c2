"""A project as a user has it: a folder with settings, a database, and the command line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from benchmarks.faults.forking import Forking
from flows.command_line import run_command_line
from flows.server import defaults as prefect_defaults
from flows.server.configured import API_URL
from sql.engine import Database, open_database
from sql.settings import DatabaseSettings
from tests.end_to_end.prefect_database import copy_migrated, keep_migrated
from tests.flows.notify.receiver import webhook as webhook

SMALL_NETWORKS = {
    "NIGHTCAST_NEXT_VISIT__NETWORK__EPOCHS": "1",
    "NIGHTCAST_NEXT_VISIT__NETWORK__MEMBERS": "1",
    "NIGHTCAST_SALES__NETWORK__STEPS": "20",
    "NIGHTCAST_SALES__NETWORK__MEMBERS": "1",
    "NIGHTCAST_SALES__NETWORK__UNITS": "8",
}
"""With these a night trains in seconds; how good its models are does not matter here."""

QUICK_RECIPES = {
    "next_visit": '[next_visit]\nrecipes = ["pareto_nbd"]\n',
    "sales": '[sales]\nrecipes = ["smoothing"]\n',
    "visit_counts": '[visit_counts]\nrecipes = ["smoothing"]\n',
}
"""Recipes that are fitted at once; the tests that are about networks name others."""


@pytest.fixture(scope="session")
def forking() -> Iterator[Forking]:
    """Starts processes that have imported what takes seconds."""
    with Forking() as process:
        yield process


@pytest.fixture(scope="session", autouse=True)
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A home of Prefect's that names no server: nights run without one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))
        for name, value in (prefect_defaults.DEFAULTS | prefect_defaults.QUIET).items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="module")
def temporary_server(
    prefect_home: None, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[str]:
    """The URL of a temporary Prefect server."""
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, get_current_settings, temporary_settings
    from prefect.testing import utilities

    folder = tmp_path_factory.mktemp("server")
    database = folder / "prefect-test.db"  # as the harness calls it
    copy_migrated(pytestconfig, database)
    # Prefect waits for the first heartbeat of every flow, which takes longer than most nights here.
    with (
        mock.patch.object(utilities, "mkdtemp", return_value=str(folder)),
        utilities.prefect_test_harness(server_startup_timeout=120),
        temporary_settings(updates={PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
    ):
        keep_migrated(pytestconfig, database)
        yield str(get_current_settings().api.url)


@pytest.fixture
def prefect_server(temporary_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Nights of this test are flows on a Prefect server, whose URL it returns."""
    monkeypatch.setenv(API_URL, temporary_server)
    return temporary_server


@dataclass
class Answer:
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of ``--json``."""
        rows: list[dict[str, Any]] = json.loads(self.out)
        return rows


class Project:
    """A folder with settings and a database, to run commands in."""

    def __init__(self, folder: Path, url: str, capture: Callable[[], Any]) -> None:
        self.folder = folder
        self.url = url
        self._capture = capture

    def nightcast(self, *arguments: str) -> Answer:
        """Run a command as the console script does."""
        self._capture()
        code = run_command_line(list(arguments))
        output = self._capture()
        return Answer(code, output.out, output.err)

    def configure(self, text: str) -> None:
        """Write the settings file, with quick recipes of products without a section of their own.

        The database's URL comes from the environment.
        """
        sections = [section for name, section in QUICK_RECIPES.items() if f"[{name}]" not in text]
        (self.folder / "nightcast.toml").write_text("\n".join([text, *sections]), encoding="utf-8")

    def load(self, kind: str, header: Sequence[str], rows: Iterable[Sequence[Any]], *options: str) -> Answer:
        """Load rows as a CSV file; the columns are named as ours."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(header)
        writer.writerows(rows)
        number = len(list(self.folder.glob("*.csv")))
        path = self.folder / f"{kind}{number}.csv"
        path.write_text(text.getvalue(), encoding="utf-8")
        columns = [part for name in header for part in (f"--{name.replace('_', '-')}", name)]
        return self.nightcast("load", kind, str(path), *columns, *options)

    @property
    def database(self) -> Database:
        """The database that the commands work on."""
        return open_database(DatabaseSettings.model_validate({"url": self.url}))

    @property
    def engine(self) -> Engine:
        """To ask and to change the database behind the commands' back."""
        return self.database.engine

    def table(self, name: str) -> str:
        """The name of one of our tables or views in SQL."""
        return f"{self.database.schema}.{name}" if self.database.schema else name

    def select(self, query: str) -> list[dict[str, Any]]:
        """Rows of a query; ``{name}`` stands for one of our tables or views."""
        with self.engine.connect() as connection:
            rows = connection.exec_driver_sql(query.format_map(_Tables(self))).mappings()
            return [dict(row) for row in rows]

    def execute(self, statement: str) -> None:
        """Change something; ``{name}`` stands for one of our tables."""
        with self.database.write() as connection:
            connection.execute(sa.text(statement.format_map(_Tables(self))))


class _Tables(dict[str, str]):
    def __init__(self, project: Project) -> None:
        super().__init__()
        self._project = project

    def __missing__(self, name: str) -> str:
        return self._project.table(name)


@pytest.fixture
def networks() -> dict[str, str]:
    """Settings of the networks, in the environment."""
    return SMALL_NETWORKS


@pytest.fixture
def project(
    database: Database,
    networks: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Project:
    """A fresh project after ``nightcast init``, which finds the tables of a template, on SQLite and on PostgreSQL."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    url = database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("NIGHTCAST_DATABASE__URL", url)
    for name, value in networks.items():
        monkeypatch.setenv(name, value)
    made = Project(folder, url, capsys.readouterr)
    assert made.nightcast("init").code == 0
    made.configure("")
    return made
