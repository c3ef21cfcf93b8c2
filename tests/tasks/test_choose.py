"""The model that serves, its artifact and its row, with models that cost nothing."""

from __future__ import annotations

import datetime
import json
import logging
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import sqlalchemy as sa

from models.common.selection import Champion
from nightcast.errors import InputError, UnavailableError
from nightcast.values import Evaluation, Product, to_day
from sql.engine import Database
from sql.ledger import runs as ledger
from sql.tables import evaluation, forecast_run, model_version
from tasks.choose import Chooser
from tasks.night import Choice, Night, Prepared
from tasks.plan import plan_model
from tasks.product import ProductSteps
from tasks.publish import publish
from tests.tasks.nights import night_of
from tests.tasks.workshop import NOTHING_KNOWN, CheapSales, CheapVisits, FakeModel

FIRST = datetime.date(2024, 5, 1)


@pytest.fixture
def workshop() -> CheapVisits:
    return CheapVisits()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def choose(night: Night, product: ProductSteps[Any, Any], prepared: Prepared[Any] = NOTHING_KNOWN) -> Choice[Any]:
    choice = Chooser(night, product, prepared).choose()
    entry = night.entry
    assert (entry.served, entry.retrained) == (choice.recipe, choice.retrained)
    assert (entry.model_version, entry.decision) == (choice.version, choice.decision)
    return choice


def run(
    database: Database,
    store: Path,
    product: CheapVisits,
    as_of: datetime.date = FIRST,
    retrain: Any = "auto",
    **options: Any,
) -> Night:
    """One night: the model is chosen and the run published."""
    night = night_of(database, Product.NEXT_VISIT, as_of=as_of, retrain=retrain, store=store, is_dry=False, **options)
    publish(night, choose(night, product))
    return night


def later(days: int) -> datetime.date:
    return FIRST + datetime.timedelta(days=days)


def versions(database: Database) -> list[tuple[str, str]]:
    with database.read() as connection:
        columns = (model_version.c.model_version, model_version.c.status)
        query = sa.select(*columns).order_by(model_version.c.as_of, model_version.c.model_version)
        return [tuple(row) for row in connection.execute(query)]


def served(night: Night) -> tuple[str | None, bool | None, str | None]:
    return night.entry.served, night.entry.retrained, night.entry.model_version


def recorded_notes(database: Database, night: Night) -> str | None:
    """The ledger's column."""
    assert night.run is not None
    query = sa.select(forecast_run.c.notes).where(forecast_run.c.run_id == night.run.run_id)
    with database.read() as connection:
        notes: str | None = connection.execute(query).scalar_one()
    return notes


def decision(night: Night) -> str:
    assert night.entry.decision is not None
    return night.entry.decision


def test_the_first_night_trains_and_its_model_becomes_champion(
    database: Database, store: Path, workshop: CheapVisits
) -> None:
    night = run(database, store, workshop)
    recipe, retrained, name = served(night)
    assert (recipe, retrained) == ("lstm", True)
    assert decision(night).startswith("trained")
    assert "no champion" in decision(night)
    assert decision(night).endswith("lstm was better")
    assert versions(database) == [(name, "champion")]
    assert name is not None
    assert name.startswith("next_visit-20240501-")
    assert (store / name / "model.json").exists()
    assert workshop.challengers == [None]


def test_what_a_version_keeps(database: Database, store: Path, workshop: CheapVisits) -> None:
    _, _, name = served(run(database, store, workshop))
    with database.read() as connection:
        row = connection.execute(sa.select(model_version)).one()
        figures = connection.execute(sa.select(evaluation.c.segment, evaluation.c.metric, evaluation.c.value)).all()
    assert row.artifact == name
    assert row.parameters == {"recipe": "lstm", "shape": workshop.settings}
    assert row.metrics == {"wape": 0.5}
    assert set(map(tuple, figures)) == {("all", "wape", 0.5), ("all", "mase", None), ("one visit", "wape", 0.9)}
    assert name is not None
    metadata = json.loads((store / name / "metadata.json").read_text(encoding="utf-8"))
    assert (metadata["recipe"], metadata["shape"], metadata["product"]) == ("lstm", workshop.settings, "next_visit")
    assert "keras" in metadata["versions"]


def test_the_metrics_of_a_version_are_means_over_all_origins(
    database: Database, store: Path, workshop: CheapVisits
) -> None:
    origins = [(1, 0.3), (8, 0.2), (15, 0.1)]
    workshop.figures = [Evaluation(day, "all", "wape", value, "naive", 1.0) for day, value in origins]
    workshop.figures += [Evaluation(15, "all", "wape", 0.1, "marginal", 2.0)]  # the newest origin counts once
    workshop.figures += [Evaluation(day, "one visit", "wape", 9.0, "naive", 1.0) for day, _ in origins]
    run(database, store, workshop)
    with database.read() as connection:
        metrics = connection.execute(sa.select(model_version.c.metrics)).scalar_one()
    assert metrics == {"wape": pytest.approx(0.2)}


def test_a_young_champion_is_loaded(database: Database, store: Path, workshop: CheapVisits) -> None:
    first = run(database, store, workshop)
    night = run(database, store, workshop, later(6))
    assert workshop.trainings == 1
    assert served(night) == ("lstm", False, served(first)[2])
    assert decision(night).startswith(f"loaded {served(first)[2]}")
    assert "6 days" in decision(night)
    assert night.notes == []


def test_an_old_champion_is_challenged(database: Database, store: Path, workshop: CheapVisits) -> None:
    first = run(database, store, workshop)
    night = run(database, store, workshop, later(14))  # the whole horizon of the champion is over
    assert workshop.trainings == 2
    assert workshop.challengers[1] == Champion(FakeModel("lstm"), to_day(FIRST))
    assert "14 days" in decision(night)
    assert versions(database) == [(served(first)[2], "retired"), (served(night)[2], "champion")]


def test_a_champion_that_cannot_be_compared_is_not_loaded(
    database: Database, store: Path, workshop: CheapVisits, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(database, store, workshop)
    monkeypatch.setattr(workshop, "load", lambda _folder: pytest.fail("its artifact was loaded"))
    for days in (7, 13):
        run(database, store, workshop, later(days), "always")
    assert workshop.challengers == [None, None, None]


def test_a_champion_that_wins_stays_and_what_it_beat_is_kept(
    database: Database, store: Path, workshop: CheapVisits
) -> None:
    first = run(database, store, workshop)
    workshop.champion_wins = True
    night = run(database, store, workshop, later(15))
    assert served(night) == ("lstm", False, served(first)[2])
    assert decision(night).startswith("compared")
    assert "15 days" in decision(night)
    assert [status for _, status in versions(database)] == ["champion", "rejected"]
    assert len(list(store.iterdir())) == 1
    again = run(database, store, workshop, later(21))  # six days after the comparison: no need for another
    assert workshop.trainings == 2
    assert served(again) == ("lstm", False, served(first)[2])


def test_changed_settings_that_lead_to_training_are_named(
    database: Database, store: Path, workshop: CheapVisits
) -> None:
    run(database, store, workshop)
    workshop.settings = {"product": {"edges": [7, 28], "units": 8, "look_back": 3}, "seed": 1}
    night = run(database, store, workshop, later(1))
    assert workshop.challengers[1] is None  # a model of another shape is no rival
    assert "product.edges, product.look_back" in decision(night)
    assert "product.units" not in decision(night)


def test_always_trains(database: Database, store: Path, workshop: CheapVisits) -> None:
    run(database, store, workshop)
    night = run(database, store, workshop, later(1), "always")
    assert workshop.trainings == 2
    assert "requested" in decision(night)
    run(database, store, workshop, later(1), "always")  # also when the as-of has been published
    assert workshop.trainings == 3


def test_never_loads_however_old(database: Database, store: Path, workshop: CheapVisits) -> None:
    first = run(database, store, workshop)
    night = run(database, store, workshop, later(300), "never")
    assert workshop.trainings == 1
    assert served(night) == ("lstm", False, served(first)[2])
    assert "not allowed" in decision(night)


@pytest.mark.parametrize("reason", ["no champion", "other settings", "no artifact"])
def test_never_falls_back_to_the_baseline(database: Database, store: Path, workshop: CheapVisits, reason: str) -> None:
    if reason != "no champion":
        run(database, store, workshop)
    if reason == "other settings":
        workshop.settings = {"product": "another"}
    if reason == "no artifact":
        shutil.rmtree(store)
    before, trainings = versions(database), workshop.trainings
    night = run(database, store, workshop, later(1), "never")
    assert workshop.trainings == trainings
    assert served(night) == ("baseline", False, None)
    assert decision(night).startswith("baseline serves")
    assert versions(database) == before


def test_a_rerun_uses_the_model_of_the_published_run(database: Database, store: Path, workshop: CheapVisits) -> None:
    first = run(database, store, workshop)
    run(database, store, workshop, later(20))
    rerun = run(database, store, workshop, FIRST)
    assert workshop.trainings == 2
    assert served(rerun) == ("lstm", False, served(first)[2])
    assert "2024-05-01 is forecast again" in decision(rerun)
    assert served(run(database, store, workshop, FIRST, "never"))[2] == served(first)[2]
    assert [status for _, status in versions(database)] == ["retired", "champion"]


def test_a_rerun_with_other_settings_trains(database: Database, store: Path, workshop: CheapVisits) -> None:
    run(database, store, workshop)
    workshop.settings = {"seed": 2}
    run(database, store, workshop, FIRST)
    assert workshop.trainings == 2


def test_a_backfill_trains_its_own_model_and_leaves_the_champion(
    database: Database, store: Path, workshop: CheapVisits
) -> None:
    newest = run(database, store, workshop)
    backfill = run(database, store, workshop, later(-30))
    assert workshop.challengers[1] is None
    assert versions(database) == [(served(backfill)[2], "retired"), (served(newest)[2], "champion")]
    between = run(database, store, workshop, later(-25))  # served by the backfill's, which is old enough
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
def test_a_damaged_artifact_is_warned_of_and_trained_anew(
    database: Database, store: Path, workshop: CheapVisits, damage: Any, caplog: pytest.LogCaptureFixture
) -> None:
    name = served(run(database, store, workshop))[2]
    assert name is not None
    damage(store / name)
    with caplog.at_level(logging.WARNING, "nightcast"):
        night = run(database, store, workshop, later(1))
    assert workshop.challengers[1:] == [None]
    assert served(night)[:2] == ("lstm", True)
    (warning,) = caplog.messages
    (note,) = night.notes
    assert warning == f"next_visit: {note}"
    assert name in note
    assert note not in decision(night)
    assert recorded_notes(database, night) == note
    assert served(run(database, store, workshop, later(2)))[2] == served(night)[2]


def test_an_artifact_that_the_product_cannot_read_is_trained_anew(
    database: Database, store: Path, workshop: CheapVisits, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(database, store, workshop)

    def refuse(_folder: Path) -> Any:
        raise InputError("It names a recipe that is not known.")

    monkeypatch.setattr(workshop, "load", refuse)
    night = run(database, store, workshop, later(1))
    assert workshop.trainings == 2
    (note,) = night.notes
    assert note.startswith("It names a recipe that is not known.")


def test_warnings_of_the_champion_outlive_a_store_that_could_not_be_written_to(
    database: Database, store: Path, tmp_path: Path, workshop: CheapVisits
) -> None:
    run(database, store, workshop)
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    night = night_of(database, Product.NEXT_VISIT, as_of=later(19), store=tmp_path / "file", is_dry=False)
    chooser = Chooser(night, workshop, NOTHING_KNOWN)
    with pytest.raises(UnavailableError):
        chooser.choose()
    (first,) = night.notes  # the champion is in the other store
    night.notes = []  # as the next try of the step
    (tmp_path / "file").unlink()
    chooser.choose()
    assert night.notes == [first]


def test_a_store_that_cannot_be_written_to_leaves_no_version(
    database: Database, tmp_path: Path, workshop: CheapVisits
) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    with pytest.raises(UnavailableError, match="cannot be written to"):
        run(database, tmp_path / "file", workshop)
    assert versions(database) == []


def test_what_was_trained_outlives_a_store_that_could_not_be_written_to(
    database: Database, store: Path, workshop: CheapVisits
) -> None:
    store.write_text("not a folder", encoding="utf-8")
    night = night_of(database, Product.NEXT_VISIT, as_of=FIRST, store=store, is_dry=False)
    chooser = Chooser(night, workshop, NOTHING_KNOWN)
    with pytest.raises(UnavailableError, match="cannot be written to"):
        chooser.choose()
    store.unlink()
    choice = chooser.choose()  # as the next try of the step
    assert workshop.trainings == 1
    assert (choice.recipe, choice.retrained) == ("lstm", True)
    assert len(versions(database)) == 1


def test_a_dry_run_trains_and_keeps_nothing(database: Database, store: Path, workshop: CheapVisits) -> None:
    night = night_of(database, Product.NEXT_VISIT, as_of=FIRST, store=store)
    choose(night, workshop)
    assert workshop.trainings == 1
    assert served(night) == ("lstm", True, None)
    assert versions(database) == []
    assert not store.exists()


def test_skill_is_kept_with_the_model_and_follows_its_series(database: Database, store: Path) -> None:
    product = CheapSales()
    product.skill = np.array([0.1, math.nan, -0.3])
    night = night_of(database, Product.SALES, as_of=FIRST, store=store, is_dry=False)
    prepared = Prepared(pa.array(["a", "b", "c"]), None, None)
    publish(night, choose(night, product, prepared))
    following = night_of(database, Product.SALES, as_of=later(1), store=store)
    skill = choose(following, product, Prepared(pa.array(["c", "new", "b", "a"]), None, None)).skill
    np.testing.assert_array_equal(skill, [-0.3, math.nan, math.nan, 0.1])


def test_the_champion_of_one_product_does_not_serve_the_other(
    database: Database, store: Path, workshop: CheapVisits
) -> None:
    run(database, store, workshop)
    night, product = night_of(database, Product.SALES, as_of=later(1), store=store, is_dry=False), CheapSales()
    choose(night, product)
    assert product.challengers == [None]
    assert night.run is not None
    ledger.fail(database, night.run, "done")
    # What was trained is kept, but a run that failed promotes nothing.
    assert [status for _, status in versions(database)] == ["champion", "challenger"]
    again = night_of(database, Product.SALES, as_of=later(1), store=store)
    assert plan_model(again, product, NOTHING_KNOWN).train
