"""The dbt package builds on SQLite and on PostgreSQL, and answers the questions as the views do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sql.engine import Database
from tests.deployments.asking import answer
from tests.deployments.conftest import reader
from tests.deployments.dbt_package import FOLDER
from tests.documents.questions import questions


@dataclass(frozen=True)
class Package:
    """A copy of the package, with the environment that leads it to a database."""

    folder: Path
    environment: dict[str, str]

    def dbt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run dbt in the folder."""
        command = [reader("dbt"), "--no-use-colors", *arguments, "--profiles-dir", "."]
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=250
        )

    def results(self) -> list[dict[str, Any]]:
        """What the last command did."""
        results: list[dict[str, Any]] = json.loads((self.folder / "target" / "run_results.json").read_text())["results"]
        return results


def package(folder: Path, database: Database) -> Package:
    copy = folder / "dbt"
    shutil.copytree(FOLDER, copy)
    quiet = os.environ | {"DO_NOT_TRACK": "1", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    if database.file is not None:
        files = {"NIGHTCAST_SQLITE": str(database.file), "NIGHTCAST_DBT_SQLITE": str(copy / "reports.db")}
        return Package(copy, quiet | files | {"NIGHTCAST_DBT_TARGET": "sqlite", "NIGHTCAST_DBT_FOLDER": str(copy)})
    url = database.url
    host = url.host or str(url.query.get("host", ""))
    place = {
        "PGHOST": host,
        "PGPORT": str(url.port or 5432),
        "PGUSER": url.username or "",
        "PGDATABASE": url.database or "",
    }
    return Package(copy, quiet | place | {"PGPASSWORD": url.password or "", "NIGHTCAST_DBT_TARGET": "postgresql"})


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shop_with_package(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Database, Package]:
    reader("dbt")
    database = request.getfixturevalue({"sqlite": "shop", "postgresql": "postgres_shop"}[request.param])
    return database, package(tmp_path_factory.mktemp("dbt"), database)


def test_sources_and_models_pass_their_tests(shop_with_package: tuple[Database, Package]) -> None:
    database, package = shop_with_package
    built = package.dbt("build")
    assert built.returncode == 0, built.stdout
    statuses = {result["unique_id"].split(".")[2]: result["status"] for result in package.results()}
    assert set(statuses.values()) <= {"pass", "success", "no-op"}, statuses
    assert {"customers_to_remind", "weeks_ahead", "published_lately"} <= statuses.keys()
    expected = answer(database, "SELECT COUNT(*) FROM latest_next_visit WHERE state IN ('due', 'overdue')")
    assert _count(database, package, "customers_to_remind") == expected
    assert expected[0][0] > 0


def _count(database: Database, package: Package, model: str) -> list[tuple[Any, ...]]:
    if database.file is None:
        return answer(database, f"SELECT COUNT(*) FROM reports.{model}")
    engine = sa.create_engine(f"sqlite:///{package.folder / 'reports.db'}", poolclass=sa.NullPool)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(f"SELECT COUNT(*) FROM {model}")]


def test_analyses_answer_every_question_as_the_views_do(shop_with_package: tuple[Database, Package]) -> None:
    database, package = shop_with_package
    compiled = package.dbt("compile", "--quiet")
    assert compiled.returncode == 0, compiled.stdout
    folder = package.folder / "target" / "compiled" / "nightcast" / "analyses"
    for one in questions():
        rows = answer(database, (folder / f"{one.name}.sql").read_text(encoding="utf-8"))
        assert rows == answer(database, one.query), one.question
        assert rows, one.question


def test_freshness_is_measured_and_an_old_forecast_is_an_error(postgres_shop: Database, tmp_path: Path) -> None:
    fresh = package(tmp_path, postgres_shop)
    assert fresh.dbt("source", "freshness").returncode == 0
    old = "UPDATE nightcast.forecast_run SET published_at = published_at {} INTERVAL '3 days'"
    with postgres_shop.write() as connection:
        connection.exec_driver_sql(old.format("-"))
    try:
        late = fresh.dbt("source", "freshness")
    finally:
        with postgres_shop.write() as connection:
            connection.exec_driver_sql(old.format("+"))
    assert late.returncode == 1
    assert "ERROR STALE freshness of nightcast.rpt_freshness" in late.stdout
