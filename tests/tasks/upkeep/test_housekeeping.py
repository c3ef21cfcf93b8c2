"""Pruning with the store of models, and choosing by hand which model serves."""

from __future__ import annotations

import datetime
import os
import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa

from models.common.artifacts import ArtifactError, save_artifact
from models.common.store import remove_artifact, stored_folders
from nightcast.errors import InputError, UsageError
from nightcast.values import Product
from sql.engine import Database
from sql.ledger.model_versions import (
    ModelVersion,
    add_version,
    appoint,
    find_version,
    promote,
    published_version,
    serving_version,
)
from sql.ledger.pruning import Keep
from sql.tables import evaluation, model_version
from tasks.upkeep.housekeeping import Removal, promote_version, prune, rollback_to, unknown_folders
from tests.sql.ledger.test_pruning import night, remaining

NOW = datetime.datetime.now(datetime.UTC)
LATER = NOW + datetime.timedelta(days=90)  # when all that the tests make has grown old
SALES = Product.SALES

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A store on disk, or one that is reached over fsspec."""
    return str(tmp_path / "store") if request.param == "folder" else f"memory://{uuid.uuid4().hex}/store"


def day(number: int) -> datetime.date:
    return datetime.date(2026, 1, 1) + datetime.timedelta(days=number)


def write_model(folder: Path) -> None:
    (folder / "model.json").write_text("{}", encoding="utf-8")


def train(database: Database, store: str, name: str, number: int, status: str = "retired") -> ModelVersion:
    sha256 = save_artifact(store, name, write_model, {"name": name})
    version = ModelVersion(name, SALES, status, day(number), name, sha256, {"recipe": "lstm"}, {})
    add_version(database, version, [])
    return version


def statuses(database: Database) -> dict[str, str]:
    with database.read() as connection:
        rows = connection.execute(sa.select(model_version.c.model_version, model_version.c.status))
        return dict(map(tuple, rows))


def tidy(database: Database, store: str, *, dry_run: bool = False) -> list[Removal]:
    return list(prune(database, store, Keep(runs=1), LATER, dry_run=dry_run, report=lambda _: None))


def names(store: str) -> list[str]:
    return [folder.name for folder in stored_folders(store)]


def test_models_go_with_the_runs_that_they_made(database: Database, store: str) -> None:
    for number in range(7):
        train(database, store, f"v{number}", number, "champion" if number == 6 else "retired")
        night(database, SALES, day(number), version=f"v{number}")
    would = tidy(database, store, dry_run=True)
    assert len(names(store)) == 7
    assert len(remaining(database)) == 7
    removed = tidy(database, store)
    assert removed == would
    assert [(one.what, one.as_of) for one in removed if one.what == "rows"] == [
        ("rows", day(number)) for number in (5, 4, 3, 2, 1, 0)
    ]
    assert {one.name for one in removed if one.what == "model"} == {"v0", "v1"}  # the last five can be rolled back to
    assert names(store) == ["v2", "v3", "v4", "v5", "v6"]
    assert set(statuses(database)) == {f"v{number}" for number in range(7)}  # the rows stay, without files
    assert find_version(database, "v0") == ModelVersion(
        "v0", SALES, "retired", day(0), None, None, {"recipe": "lstm"}, {}
    )
    assert tidy(database, store) == []


def test_folders_that_killed_nights_left_in_the_store_are_removed(database: Database, tmp_path: Path) -> None:
    store = str(tmp_path / "store")
    run_id = night(database, SALES, day(3))
    mine = f"sales-{day(3):%Y%m%d}-{run_id[-8:]}"
    another = f"sales-{day(3):%Y%m%d}-0123abcd"
    train(database, store, "v1", 1, "champion")
    for name in (mine, another, ".writing-x1y2", "sales-20269999-0123abcd", "photographs"):
        (tmp_path / "store" / name).mkdir()
    (tmp_path / "store" / "notes.txt").write_text("mine")
    young = list(prune(database, store, Keep(), NOW, dry_run=False, report=lambda _: None))
    assert young == []
    assert unknown_folders(database, store) == [another, "sales-20269999-0123abcd"]
    assert {one.name for one in tidy(database, store)} == {mine, ".writing-x1y2"}
    assert sorted(os.listdir(store)) == sorted(["notes.txt", "photographs", another, "sales-20269999-0123abcd", "v1"])


def test_a_strange_name_of_an_artifact_is_refused_after_all_else_was_removed(
    database: Database, tmp_path: Path
) -> None:
    store, victim = str(tmp_path / "store"), tmp_path / "victim"
    victim.mkdir()
    for number in range(8):
        train(database, store, f"v{number}", number)
    (tmp_path / "store" / ".writing-x1y2").mkdir()
    with database.write() as connection:
        for version, artifact in (("v1", "../victim"), ("v2", "/")):
            tampered = sa.update(model_version).where(model_version.c.model_version == version)
            connection.execute(tampered.values(artifact=artifact))
    removals = prune(database, store, Keep(runs=1), LATER, dry_run=False, report=lambda _: None)
    names_removed = [next(removals).name, next(removals).name]
    with pytest.raises(InputError, match=r"'/', '\.\./victim'\."):
        names_removed += [one.name for one in removals]
    assert names_removed == ["v0", ".writing-x1y2"]
    assert victim.is_dir()


def test_a_missing_store_is_in_order(database: Database, tmp_path: Path) -> None:
    assert tidy(database, str(tmp_path / "nothing")) == []
    assert tidy(database, f"memory://{uuid.uuid4().hex}") == []


def test_a_run_is_named_once_and_only_long_removals_tell_their_progress(database: Database, tmp_path: Path) -> None:
    for number in (1, 2):
        night(database, SALES, day(number))
    told: list[str] = []
    removals = list(prune(database, str(tmp_path), Keep(runs=1), LATER, dry_run=False, report=told.append))
    assert [one.as_of for one in removals] == [day(1)]
    assert told == []


def test_scores_of_a_model_outlive_its_files(database: Database, store: str) -> None:
    for number in range(7):
        train(database, store, f"v{number}", number)
    figure = {"model_version": "v0", "product": SALES, "as_of": day(0), "segment": "all", "metric": "wape"}
    with database.write() as connection:
        connection.execute(sa.insert(evaluation).values(**figure, value=0.5, baseline="naive", baseline_value=1.0))
    tidy(database, store)
    assert "v0" not in names(store)
    with database.read() as connection:
        assert connection.execute(sa.select(evaluation.c.value)).scalars().all() == [0.5]


def test_a_promoted_version_serves_and_the_other_is_retired(database: Database, store: str) -> None:
    train(database, store, "old", 1)
    train(database, store, "new", 8, "champion")
    assert promote_version(database, store, "old").model_version == "old"
    assert statuses(database) == {"old": "champion", "new": "retired"}
    assert serving_version(database, SALES, day(30)) == find_version(database, "old")
    promote_version(database, store, "new")
    assert statuses(database) == {"old": "retired", "new": "champion"}


def test_after_a_rollback_nothing_newer_serves_any_more(database: Database, store: str) -> None:
    for number in (1, 8, 15):
        train(database, store, f"v{number}", number, "champion" if number == 15 else "retired")
    train(database, store, "backfill", 0)  # of an as-of before the one to go back to: it stays as it is
    night(database, SALES, day(15), version="v15")
    assert rollback_to(database, store, "v1").model_version == "v1"
    assert statuses(database) == {"v1": "champion", "v8": "rejected", "v15": "rejected", "backfill": "retired"}
    for number in (1, 8, 15, 40):
        serving = serving_version(database, SALES, day(number))
        assert serving is not None
        assert serving.model_version == "v1"
    assert published_version(database, SALES, day(15)) is None  # so that a rerun takes the champion


def test_a_product_rolls_back_to_the_champion_before(database: Database, store: str) -> None:
    for number in (1, 8, 15):
        train(database, store, f"v{number}", number, "champion" if number == 15 else "retired")
    for expected in ("v8", "v1"):
        assert rollback_to(database, store, "sales").model_version == expected
    with pytest.raises(UsageError, match="served before the champion"):
        rollback_to(database, store, "sales")
    assert statuses(database) == {"v1": "champion", "v8": "rejected", "v15": "rejected"}


def test_a_rollback_undoes_a_promotion_of_an_older_version(database: Database, store: str) -> None:
    for number in (1, 8, 15):
        train(database, store, f"v{number}", number, "champion" if number == 15 else "retired")
    before = statuses(database)
    promote_version(database, store, "v1")
    assert rollback_to(database, store, "sales").model_version == "v15"
    assert statuses(database) == before
    promote_version(database, store, "v8")
    promote_version(database, store, "v1")
    assert rollback_to(database, store, "sales").model_version == "v8"
    assert rollback_to(database, store, "sales").model_version == "v15"
    assert statuses(database) == before
    assert rollback_to(database, store, "sales").model_version == "v8"  # not back and forth
    assert statuses(database) == before | {"v8": "champion", "v15": "rejected"}


def test_a_rollback_follows_what_nights_promoted(database: Database, store: str) -> None:
    for number in (1, 8):
        train(database, store, f"v{number}", number, "challenger")
        with database.write() as connection:
            promote(connection, SALES, f"v{number}", day(28))
    train(database, store, "backfill", 4, "challenger")
    with database.write() as connection:
        promote(connection, SALES, "backfill", day(28))
    assert rollback_to(database, store, "sales").model_version == "v1"


def test_what_cannot_serve_is_refused_with_the_reason(database: Database, store: str) -> None:
    train(database, store, "old", 1)
    train(database, store, "champion", 8, "champion")
    newer = train(database, store, "newer", 9, "challenger")
    add_version(database, ModelVersion("lost", SALES, "rejected", day(9), None, None, {}, {}), [])
    before = statuses(database)
    for act, name, reason in (
        (promote_version, "nothing", "no model version 'nothing'"),
        (promote_version, "champion", "already"),
        (promote_version, "lost", "lost"),
        (rollback_to, "newer", "did not serve before the champion; those that did are old"),
        (rollback_to, "champion", "did not serve before"),
        (rollback_to, "next_visit", "next_visit"),
        (rollback_to, "nothing", "no model version"),
    ):
        with pytest.raises(UsageError, match=reason):
            act(database, store, name)
    remove_artifact(store, "old")
    for act in (promote_version, rollback_to):
        with pytest.raises(ArtifactError, match="old cannot be used"):
            act(database, store, "old")
    assert statuses(database) == before
    with database.write() as connection:  # pruned while it was being looked at
        connection.execute(sa.update(model_version).values(artifact=None))
    with pytest.raises(UsageError, match="has just been removed"):
        appoint(database, newer)
    assert statuses(database) == before
