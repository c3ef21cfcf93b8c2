"""A project whose database an earlier program has filled can be used after `nightcast migrate`."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.next_visit.settings import NextVisitSettings
from nightcast.values import Product
from sql.engine import Database
from sql.ledger.model_versions import champion_of
from sql.schema import migrate
from tests.end_to_end.conftest import Project
from tests.end_to_end.shops import AS_OF, small_shop
from tests.revisions import published_at_0004


def test_the_next_night_publishes_on_an_upgraded_database(
    empty_database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    published_at_0004(empty_database)
    url = empty_database.url.render_as_string(hide_password=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NIGHTCAST_DATABASE__URL", url)
    project = Project(tmp_path, url, capsys.readouterr)
    project.configure("")
    assert project.nightcast("run").code == 2
    assert project.nightcast("migrate").code == 0
    assert [row["customer_id"] for row in project.nightcast("show", "next-visit", "--json").rows] == [
        "C-00001",
        "C-00002",
    ]

    small_shop(project)
    night = project.nightcast("run", "--as-of", str(AS_OF), "--json")
    assert night.code == 0, night.err
    assert [(row["product"], row["published"]) for row in night.rows] == [(product, True) for product in Product]
    runs = project.nightcast("show", "runs", "--json").rows
    published = [(row["product"], row["as_of"]) for row in runs if row["status"] == "published"]
    assert sorted(published) == [
        ("next_visit", "2026-03-31"),
        ("next_visit", str(AS_OF)),
        ("sales", "2026-03-31"),
        ("sales", str(AS_OF)),
        ("visit_counts", str(AS_OF)),
    ]
    assert project.select("SELECT DISTINCT as_of FROM {latest_next_visit}") != []
    customers = project.select("SELECT COUNT(*) AS n FROM {latest_next_visit} WHERE median_days_ahead IS NOT NULL")
    assert customers[0]["n"] > 2


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_new_names_are_no_changed_settings(empty_database: Database) -> None:
    published_at_0004(empty_database)
    migrate(empty_database)
    champion = champion_of(empty_database, Product.NEXT_VISIT)
    assert champion is not None
    assert champion.parameters["shape"]["next_visit"] == NextVisitSettings().model_dump(
        mode="json", exclude={"incremental"}
    )
