"""Whether to train or load: worsened reviews, changed settings, and that planning changes nothing."""

from __future__ import annotations

import datetime
import math
from dataclasses import replace

import pytest
import sqlalchemy as sa

from nightcast.values import Evaluation, Product
from sql.engine import Database
from sql.ledger import runs as ledger
from sql.ledger.model_versions import ModelVersion, add_version, promote
from sql.ledger.reviews import DueRun, add_review
from sql.tables import forecast_run, forecast_score, model_version
from tasks.night import LedgerEntry
from tasks.plan import TUNED, ModelPlan, changed_settings, plan_model
from tests.tasks.nights import AS_OF, night_of
from tests.tasks.workshop import NOTHING_KNOWN, CheapVisits

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])

PRODUCT = CheapVisits()
HORIZON = 14


def later(days: int) -> datetime.date:
    return AS_OF + datetime.timedelta(days=days)


def version_of(name: str, status: str = "challenger", as_of: datetime.date = AS_OF) -> ModelVersion:
    parameters = {"recipe": "lstm", "shape": PRODUCT.settings}
    return ModelVersion(name, Product.NEXT_VISIT, status, as_of, None, None, parameters, {})


def champion(database: Database, log_loss: float) -> None:
    """A champion whose evaluation had this log loss over two origins."""
    figures = [
        Evaluation(day, segment, "log_loss", value, "life_table", 9.0)
        for day, segment, value in [(1, "all", log_loss - 0.1), (2, "all", log_loss + 0.1), (1, "5+ visits", 9.0)]
    ]
    add_version(database, version_of("champ"), figures)
    with database.write() as connection:
        promote(connection, Product.NEXT_VISIT, "champ")


def reviewed(database: Database, days: int, log_loss: float | None, version: str = "champ") -> None:
    """A review of a forecast that this version made some days after the as-of."""
    run = ledger.begin(database, Product.NEXT_VISIT, later(days), trigger="test", flow_run_id=None, settings={})
    ledger.publish(database, run, None, {"model_version": version})
    due = DueRun(run.run_id, run.product, run.as_of, later(days + HORIZON - 1))
    value = math.nan if log_loss is None else log_loss
    assert add_review(database, due, due.last, [Evaluation(0, "all", "log_loss", value, "life_table", 1.0)])


def plan(database: Database, days: int, worsened_share: float = 0.2, retrain_after_days: int = 365) -> ModelPlan:
    night = night_of(database, Product.NEXT_VISIT, as_of=later(days), retrain_after_days=retrain_after_days)
    changed = night.sections.model.model_copy(update={"worsened_share": worsened_share})
    night.sections = replace(night.sections, model=changed)
    return plan_model(night, PRODUCT, NOTHING_KNOWN)


def test_reviews_worse_than_the_evaluation_lead_to_training(database: Database) -> None:
    champion(database, log_loss=0.5)
    reviewed(database, 1, 0.55)
    assert not plan(database, 40).train
    reviewed(database, 2, 0.75)  # 0.65 together: 30 % above
    tonight = plan(database, 40)
    assert tonight.train
    assert tonight.version is not None
    assert tonight.version.model_version == "champ"
    for part in ("log loss 0.650", "last 2 reviewed", "0.500", "20%"):
        assert part in tonight.why
    assert not plan(database, 40, worsened_share=0.31).train


@on_sqlite
def test_only_reviews_of_the_champion_since_the_last_training_count(database: Database) -> None:
    champion(database, log_loss=0.5)
    reviewed(database, 3, 9.0, "another")
    reviewed(database, 4, None)
    reviewed(database, 30, 9.0)  # its horizon is not over on day 40
    assert not plan(database, 40).train
    assert plan(database, 47).train
    # A training since, even one that lost, has seen what came: only forecasts made after it count.
    add_version(database, version_of("lost", "rejected", later(31)), [])
    assert not plan(database, 47).train


@on_sqlite
def test_only_the_newest_scores_count(database: Database) -> None:
    champion(database, log_loss=0.5)
    reviewed(database, 1, 99.0)
    for days in range(2, 9):
        reviewed(database, days, 0.5)
    assert not plan(database, 60).train
    with database.write() as connection:
        connection.execute(sa.delete(forecast_score).where(forecast_score.c.as_of == later(8)))
    assert plan(database, 60).train


def test_changed_settings_are_named_at_any_depth() -> None:
    version = version_of("before")
    assert changed_settings(version, PRODUCT.settings) == []
    assert changed_settings(version, {"product": {"edges": [7, 14]}, "seed": 2, "new": {"a": 1}}) == [
        "new.a",
        "product.units",
        "seed",
    ]
    assert changed_settings(version, {**PRODUCT.settings, "tuned": {"units": 9, "dropout": 0.1}}) == [TUNED]


@on_sqlite
def test_planning_changes_nothing(database: Database) -> None:
    champion(database, log_loss=0.5)
    before = contents(database)
    night = night_of(database, Product.NEXT_VISIT, as_of=later(3), retrain_after_days=3)
    tonight = plan_model(night, PRODUCT, NOTHING_KNOWN)
    assert tonight.train
    assert "3 days" in tonight.why
    assert PRODUCT.trainings == 0
    assert (night.entry, night.notes) == (LedgerEntry(), [])
    assert contents(database) == before


def contents(database: Database) -> list[list[tuple[object, ...]]]:
    with database.read() as connection:
        return [[tuple(row) for row in connection.execute(sa.select(table))] for table in (forecast_run, model_version)]
