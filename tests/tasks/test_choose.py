"""Retrain or load: every reason for either, with models that cost nothing."""

from __future__ import annotations

import datetime
import json
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import sqlalchemy as sa

from models.common.search import Tuning
from models.common.selection import Progress, Selection
from nightcast.errors import InputError, UnavailableError
from nightcast.values import Evaluation, Product, to_day
from sql.engine import Database
from sql.ledger import runs as ledger
from sql.ledger.model_versions import published_version
from sql.tables import evaluation, model_version, series_status
from tasks.choose import changed_settings, choose_model, plan_model
from tasks.night import Night
from tasks.products import ProductModels, models_of
from tasks.publish import publish
from tests.tasks.nights import night_of

FIRST = datetime.date(2024, 5, 1)


@dataclass(frozen=True)
class FakeModel:
    """A model that knows nothing but its recipe."""

    recipe: str

    def save(self, folder: Path) -> None:
        (folder / "model.json").write_text(json.dumps(self.recipe), encoding="utf-8")


@dataclass
class Workshop:
    """What was asked of the models, and what they are to answer."""

    shape: dict[str, Any] = field(default_factory=lambda: {"product": {"edges": [7, 14], "units": 8}, "seed": 1})
    champion_wins: bool = False
    challengers: list[tuple[Any, int | None]] = field(default_factory=list)

    def select(self, night: Night, champion: Any, day: int | None, progress: Progress) -> Selection[Any]:
        self.challengers.append((champion, day))
        figures = [
            Evaluation(night.question.day, "all", "wape", 0.5, "naive", 0.75),
            Evaluation(night.question.day, "all", "mase", float("nan"), "naive", 1.0),
            Evaluation(night.question.day, "one visit", "wape", 0.9, "naive", 0.9),
        ]
        if self.champion_wins and champion is not None:
            return Selection(champion, champion.recipe, False, "the champion was better", figures)
        return Selection(FakeModel("lstm"), "lstm", True, "lstm was better", figures)

    def load(self, folder: Path) -> FakeModel:
        try:
            return FakeModel(json.loads((folder / "model.json").read_text(encoding="utf-8")))
        except ValueError as error:
            raise InputError("The model is malformed.") from error

    def tuning(self, night: Night) -> Tuning:
        raise NotImplementedError

    @property
    def trainings(self) -> int:
        return len(self.challengers)


@pytest.fixture
def workshop(monkeypatch: pytest.MonkeyPatch) -> Workshop:
    made = Workshop()
    models = ProductModels(
        made.select, lambda night: FakeModel("baseline"), made.load, lambda night: made.shape, made.tuning
    )
    monkeypatch.setattr("tasks.products._NEXT_VISIT", models)
    monkeypatch.setattr("tasks.products._SALES", models)
    return made


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def run(database: Database, store: Path, as_of: datetime.date = FIRST, retrain: Any = "auto", **options: Any) -> Night:
    """One night: the model is chosen and the run published."""
    night = night_of(database, Product.NEXT_VISIT, as_of=as_of, retrain=retrain, store=store, is_dry=False, **options)
    choose_model(night)
    publish(night)
    return night


def later(days: int) -> datetime.date:
    return FIRST + datetime.timedelta(days=days)


def versions(database: Database) -> list[tuple[str, str]]:
    with database.read() as connection:
        columns = (model_version.c.model_version, model_version.c.status)
        query = sa.select(*columns).order_by(model_version.c.as_of, model_version.c.model_version)
        return [tuple(row) for row in connection.execute(query)]


def served(night: Night) -> tuple[str, bool, str | None]:
    assert night.serving is not None
    return night.serving.recipe, night.serving.retrained, night.serving.version


def test_the_first_night_trains_and_its_model_becomes_champion(
    database: Database, store: Path, workshop: Workshop
) -> None:
    night = run(database, store)
    recipe, retrained, name = served(night)
    assert (recipe, retrained) == ("lstm", True)
    assert night.facts["decision"] == "trained, there is no champion yet: lstm was better"
    assert versions(database) == [(name, "champion")]
    assert name is not None
    assert name.startswith("next_visit-20240501-")
    assert (store / name / "model.json").exists()
    assert workshop.challengers == [(None, None)]


def test_what_a_version_keeps(database: Database, store: Path, workshop: Workshop) -> None:
    _, _, name = served(run(database, store))
    with database.read() as connection:
        row = connection.execute(sa.select(model_version)).one()
        figures = connection.execute(sa.select(evaluation.c.segment, evaluation.c.metric, evaluation.c.value)).all()
    assert row.artifact == name
    assert row.parameters == {"recipe": "lstm", "shape": workshop.shape}
    assert row.metrics == {"wape": 0.5}
    assert set(map(tuple, figures)) == {("all", "wape", 0.5), ("all", "mase", None), ("one visit", "wape", 0.9)}
    assert name is not None
    metadata = json.loads((store / name / "metadata.json").read_text(encoding="utf-8"))
    assert (metadata["recipe"], metadata["shape"], metadata["product"]) == ("lstm", workshop.shape, "next_visit")
    assert "keras" in metadata["versions"]


def test_a_young_champion_is_loaded(database: Database, store: Path, workshop: Workshop) -> None:
    first = run(database, store)
    night = run(database, store, later(6))
    assert workshop.trainings == 1
    assert served(night) == ("lstm", False, served(first)[2])
    assert night.facts["decision"].startswith(f"loaded {served(first)[2]}: the last training is 6 days old")
    assert night.notes == []


def test_an_old_champion_is_challenged(database: Database, store: Path, workshop: Workshop) -> None:
    first = run(database, store)
    night = run(database, store, later(7))
    assert workshop.trainings == 2
    assert workshop.challengers[1] == (FakeModel("lstm"), to_day(FIRST))
    assert "7 days old, the limit is 7" in night.facts["decision"]
    assert versions(database) == [(served(first)[2], "retired"), (served(night)[2], "champion")]


def test_a_champion_that_wins_stays_and_what_it_beat_is_kept(
    database: Database, store: Path, workshop: Workshop
) -> None:
    first = run(database, store)
    workshop.champion_wins = True
    night = run(database, store, later(10))
    assert served(night) == ("lstm", False, served(first)[2])
    assert night.facts["decision"].startswith("compared, the last training is 10 days old")
    assert [status for _, status in versions(database)] == ["champion", "rejected"]
    assert len(list(store.iterdir())) == 1
    again = run(database, store, later(16))  # six days after the comparison: no need for another
    assert workshop.trainings == 2
    assert served(again) == ("lstm", False, served(first)[2])


def test_changed_settings_lead_to_training_and_are_named(database: Database, store: Path, workshop: Workshop) -> None:
    run(database, store)
    workshop.shape = {"product": {"edges": [7, 28], "units": 8, "look_back": 3}, "seed": 1}
    night = run(database, store, later(1))
    assert workshop.challengers[1] == (None, None)  # a model of another shape is no rival
    assert "product.edges, product.look_back" in night.facts["decision"]
    assert "product.units" not in night.facts["decision"]


def test_changed_settings_are_found_at_any_depth(database: Database, store: Path, workshop: Workshop) -> None:
    night = run(database, store)
    found = published_version(database, Product.NEXT_VISIT, night.question.as_of)
    assert found is not None
    assert changed_settings(found, workshop.shape) == []
    assert changed_settings(found, {"product": {"edges": [7, 14]}, "seed": 2, "new": {"a": 1}}) == [
        "new.a",
        "product.units",
        "seed",
    ]


def test_always_trains(database: Database, store: Path, workshop: Workshop) -> None:
    run(database, store)
    night = run(database, store, later(1), "always")
    assert workshop.trainings == 2
    assert workshop.challengers[1][0] == FakeModel("lstm")
    assert "told to retrain" in night.facts["decision"]
    run(database, store, later(1), "always")  # also when the as-of has been published
    assert workshop.trainings == 3


def test_never_loads_however_old(database: Database, store: Path, workshop: Workshop) -> None:
    first = run(database, store)
    night = run(database, store, later(300), "never")
    assert workshop.trainings == 1
    assert served(night) == ("lstm", False, served(first)[2])
    assert "told not to retrain" in night.facts["decision"]


@pytest.mark.parametrize("reason", ["no champion", "other settings", "no artifact"])
def test_never_falls_back_to_the_baseline(database: Database, store: Path, workshop: Workshop, reason: str) -> None:
    if reason != "no champion":
        run(database, store)
    if reason == "other settings":
        workshop.shape = {"product": "another"}
    if reason == "no artifact":
        shutil.rmtree(store)
    before, trainings = versions(database), workshop.trainings
    night = run(database, store, later(1), "never")
    assert workshop.trainings == trainings
    assert served(night) == ("baseline", False, None)
    assert night.facts["decision"].startswith("baseline serves, since no trained model can")
    assert versions(database) == before


def test_a_rerun_uses_the_model_of_the_published_run(database: Database, store: Path, workshop: Workshop) -> None:
    first = run(database, store)
    run(database, store, later(20))
    rerun = run(database, store, FIRST)
    assert workshop.trainings == 2
    assert served(rerun) == ("lstm", False, served(first)[2])
    assert "2024-05-01 is forecast again, with the model that it was published with" in rerun.facts["decision"]
    assert run(database, store, FIRST, "never").serving.version == served(first)[2]  # type: ignore[union-attr]
    assert [status for _, status in versions(database)] == ["retired", "champion"]


def test_a_rerun_with_other_settings_trains(database: Database, store: Path, workshop: Workshop) -> None:
    run(database, store)
    workshop.shape = {"seed": 2}
    run(database, store, FIRST)
    assert workshop.trainings == 2


def test_a_backfill_trains_its_own_model_and_leaves_the_champion(
    database: Database, store: Path, workshop: Workshop
) -> None:
    newest = run(database, store)
    backfill = run(database, store, later(-30))
    assert workshop.challengers[1] == (None, None)
    assert versions(database) == [(served(backfill)[2], "retired"), (served(newest)[2], "champion")]
    between = run(database, store, later(-25))  # served by the backfill's, which is old enough
    assert served(between) == ("lstm", False, served(backfill)[2])


@pytest.fixture
def damage(request: pytest.FixtureRequest) -> Callable[[Path], None]:
    def remove(folder: Path) -> None:
        shutil.rmtree(folder)

    def truncate(folder: Path) -> None:
        (folder / "model.json").write_text("", encoding="utf-8")

    def exchange(folder: Path) -> None:
        (folder / "model.json").write_text('"another"', encoding="utf-8")

    def lose(folder: Path) -> None:
        (folder / "model.json").unlink()

    return {"remove": remove, "truncate": truncate, "exchange": exchange, "lose": lose}[request.param]


@pytest.mark.parametrize("damage", ["remove", "truncate", "exchange", "lose"], indirect=True)
def test_a_damaged_artifact_is_told_and_trained_anew(
    database: Database, store: Path, workshop: Workshop, damage: Any, caplog: pytest.LogCaptureFixture
) -> None:
    name = served(run(database, store))[2]
    assert name is not None
    damage(store / name)
    with caplog.at_level(logging.WARNING, "nightcast"):
        night = run(database, store, later(1))
    assert workshop.challengers[1:] == [(None, None)]
    assert served(night)[:2] == ("lstm", True)
    (warning,) = caplog.messages
    assert warning.startswith(f"next_visit: The model artifact {name} cannot be used")
    assert f"(note: The model artifact {name} cannot be used" in night.facts["decision"]
    assert served(run(database, store, later(2)))[2] == served(night)[2]


def test_an_artifact_that_the_product_cannot_read_is_trained_anew(
    database: Database, store: Path, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(database, store)
    models = models_of(Product.NEXT_VISIT)

    def refuse(_folder: Path) -> Any:
        raise InputError("It names a recipe that is not known.")

    monkeypatch.setattr("tasks.products._NEXT_VISIT", replace(models, load=refuse))
    night = run(database, store, later(1))
    assert workshop.trainings == 2
    assert "It names a recipe that is not known. It was not loaded." in night.facts["decision"]


def test_a_store_that_cannot_be_written_to_leaves_no_version(
    database: Database, tmp_path: Path, workshop: Workshop
) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    with pytest.raises(UnavailableError, match="cannot be written to"):
        run(database, tmp_path / "file")
    assert versions(database) == []


def test_what_was_trained_outlives_a_store_that_could_not_be_written_to(
    database: Database, store: Path, workshop: Workshop
) -> None:
    store.write_text("not a folder", encoding="utf-8")
    night = night_of(database, Product.NEXT_VISIT, as_of=FIRST, store=store, is_dry=False)
    with pytest.raises(UnavailableError, match="cannot be written to"):
        choose_model(night)
    store.unlink()
    choose_model(night)  # as the next try of the step
    assert workshop.trainings == 1
    assert served(night)[:2] == ("lstm", True)
    assert len(versions(database)) == 1


def test_a_dry_run_trains_and_keeps_nothing(database: Database, store: Path, workshop: Workshop) -> None:
    night = night_of(database, Product.NEXT_VISIT, as_of=FIRST, store=store)
    choose_model(night)
    assert workshop.trainings == 1
    assert served(night) == ("lstm", True, None)
    assert versions(database) == []
    assert not store.exists()


def test_planning_changes_nothing(database: Database, store: Path, workshop: Workshop) -> None:
    run(database, store)
    night = night_of(database, Product.NEXT_VISIT, as_of=later(3), store=store, retrain_after_days=3)
    plan = plan_model(night)
    assert plan.train
    assert plan.why == "the last training is 3 days old, the limit is 3"
    assert workshop.trainings == 1
    assert night.serving is None


def test_skill_follows_its_series(database: Database, store: Path, workshop: Workshop) -> None:
    night = night_of(database, Product.SALES, as_of=FIRST, store=store, is_dry=False)
    choose_model(night)
    publish(night)
    assert night.run is not None
    row = {"run_id": night.run.run_id, "status": "forecast", "observations": 1}
    with database.write() as connection:
        told = (("a", 0.1, "lstm + seasonal_naive"), ("c", 0.3, "lstm"), ("gone", 0.9, "lstm"))
        rows = [row | {"series_id": name, "skill": skill, "model": model} for name, skill, model in told]
        connection.execute(sa.insert(series_status), rows)
    following = night_of(database, Product.SALES, as_of=later(1), store=store)
    following.ids = pa.array(["a", "b", "c"])
    choose_model(following)
    assert following.serving is not None
    record = following.serving.record
    assert record is not None
    assert np.nan_to_num(record.skill, nan=-1).tolist() == [0.1, -1.0, 0.3]
    assert record.naive_share.tolist() == [0.5, 0.0, 0.0]


def test_the_champion_of_one_product_says_nothing_about_the_other(
    database: Database, store: Path, workshop: Workshop
) -> None:
    run(database, store)
    night = night_of(database, Product.SALES, as_of=later(1), store=store, is_dry=False)
    choose_model(night)
    assert night.facts["decision"].startswith("trained, there is no champion yet")
    assert night.run is not None
    ledger.fail(database, night.run, "done")
    # What was trained is kept, but a run that failed promotes nothing.
    assert [status for _, status in versions(database)] == ["champion", "challenger"]
    assert plan_model(night_of(database, Product.SALES, as_of=later(1), store=store)).train
