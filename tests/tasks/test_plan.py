"""Whether to train or load: worsened reviews, changed settings, and that planning changes nothing."""

from __future__ import annotations

import datetime
import math
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from nightcast.values import Evaluation, Part, Product, to_day
from sql.engine import Database
from sql.ledger import runs as ledger
from sql.ledger.model_versions import ModelVersion, add_version, promote
from sql.ledger.reviews import OpenRun, Review, add_review
from sql.tables import forecast_run, model_version
from tasks.night import LedgerEntry
from tasks.plan import TUNED, ModelPlan, changed_settings, plan_model
from tests.tasks.nights import AS_OF, night_of
from tests.tasks.workshop import NOTHING_KNOWN, CheapVisits

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])

PRODUCT = CheapVisits()
FIRST_PART = 7
"""The days of the first bin."""


def later(days: int) -> datetime.date:
    return AS_OF + datetime.timedelta(days=days)


def version_of(name: str, status: str = "challenger", as_of: datetime.date = AS_OF) -> ModelVersion:
    parameters = {"recipe": "lstm", "shape": PRODUCT.settings}
    return ModelVersion(name, Product.NEXT_VISIT, status, as_of, None, None, parameters, {})


def champion(database: Database, brier: float, name: str = "champ", days: int = 0) -> None:
    """A champion whose evaluation had this Brier score of the first bin over two origins."""
    figures = [
        Evaluation(day, segment, "brier_7", value, "life_table", 9.0)
        for day, segment, value in [(1, "all", brier - 0.1), (2, "all", brier + 0.1), (1, "5+ visits", 9.0)]
    ]
    add_version(database, version_of(name, as_of=later(days)), figures)
    with database.write() as connection:
        promote(connection, Product.NEXT_VISIT, name, datetime.date(2026, 1, 1))


def published(database: Database, days: int, version: str | None = "champ") -> ledger.Run:
    """A run that was published some days after the as-of."""
    run = ledger.begin(database, Product.NEXT_VISIT, later(days), trigger="test", flow_run_id=None, settings={})
    ledger.publish(database, run, None, {"model_version": version})
    return run


def reviewed(
    database: Database,
    days: int,
    brier: float | None,
    *,
    baseline: float = 1.0,
    version: str | None = "champ",
    is_backfill: bool = False,
) -> None:
    """A published forecast whose first part has been reviewed, and its last, by which it was much worse."""
    run = published(database, days, version)
    values = (math.nan if brier is None else brier, 99.0)
    parts = [Part(name, to_day(later(days + end - 1))) for name, end in (("1-7", FIRST_PART), ("all", 14))]
    figures = [
        Evaluation(0, part.name, "brier_7", value, "life_table", baseline)
        for part, value in zip(parts, values, strict=True)
    ]
    open_run = OpenRun(run.run_id, run.product, run.as_of, datetime.datetime.now(datetime.UTC), (7, 14))
    assert add_review(database, open_run, parts, Review(figures), is_backfill=is_backfill)


def plan(
    database: Database, days: int, retrain: Any = "auto", retrain_after_days: int = 365, **model: Any
) -> ModelPlan:
    options = {"retrain": retrain, "retrain_after_days": retrain_after_days}
    night = night_of(database, Product.NEXT_VISIT, as_of=later(days), **options)
    night.sections = replace(night.sections, model=night.sections.model.model_copy(update=model))
    return plan_model(night, PRODUCT, NOTHING_KNOWN)


SERVE: dict[str, Any] = {"when_worse_than_baseline": "serve_baseline"}


def test_reviews_worse_than_the_evaluation_lead_to_training(database: Database) -> None:
    champion(database, brier=0.5)
    reviewed(database, 1, 0.55)
    assert not plan(database, 12).train
    reviewed(database, 2, 0.75)  # 0.65 together: 30 % above
    tonight = plan(database, 12)
    assert tonight.train
    for part in ("brier 7 0.650 against 0.500", "2 reviews of 1-7", "20%"):
        assert part in tonight.why
    assert not plan(database, 12, worsened_share=0.31).train
    assert tonight.note == ""


@on_sqlite
def test_the_check_acts_within_two_weeks_of_a_change_with_weekly_training(database: Database) -> None:
    changed_on, trained_early = 14, []
    for days in range(29):
        if days % 7 == 0:
            champion(database, brier=0.1, name=f"v{days}", days=days)
        elif "worse than the evaluation" in plan(database, days, retrain_after_days=7).why:
            trained_early.append(days)
        changed_days = min(max(days + FIRST_PART - changed_on, 0), FIRST_PART)
        reviewed(database, days, 0.1 + 0.2 * changed_days / FIRST_PART, version=f"v{days // 7 * 7}")
    assert trained_early
    assert changed_on < trained_early[0] <= changed_on + 14


@on_sqlite
def test_only_live_reviews_of_the_last_two_weeks_count(database: Database) -> None:
    champion(database, brier=0.5)
    reviewed(database, 3, 9.0, is_backfill=True)
    reviewed(database, 4, None)
    reviewed(database, 5, 9.0, version=None)
    reviewed(database, 6, 9.0, version="without an evaluation")
    assert not plan(database, 20).train
    reviewed(database, 30, 9.0)  # its first bin ends on day 36, and is settled on day 39
    assert not plan(database, 39).train
    assert plan(database, 40).train
    assert plan(database, 53).train
    assert not plan(database, 54).train


@on_sqlite
def test_a_training_that_knew_all_reviewed_days_is_not_repeated(database: Database) -> None:
    champion(database, brier=0.5)
    for days in range(5):
        reviewed(database, days, 9.0)
    assert plan(database, 14).train
    add_version(database, version_of("lost", "rejected", later(11)), [])
    assert not plan(database, 14).train
    reviewed(database, 5, 9.0)  # its first bin ends on day 11
    assert plan(database, 15).train


def two_weeks(database: Database, brier: float, baseline: float, since: int = 0) -> None:
    for days in range(since, since + 14):
        reviewed(database, days, brier, baseline=baseline)


@on_sqlite
def test_two_weeks_worse_than_the_baseline_are_noted(database: Database) -> None:
    champion(database, brier=0.5)
    two_weeks(database, 0.45, 0.4)
    tonight = plan(database, 23)
    assert not tonight.train
    assert not tonight.stand_in
    for part in (str(later(6)), "brier 7 0.450 against 0.400", "14 reviews of 1-7"):
        assert part in tonight.note
    assert plan(database, 23, "always").note == tonight.note
    assert plan(database, 16).note == ""  # of the second week only


@on_sqlite
@pytest.mark.parametrize("week", [0, 7])
def test_one_week_worse_than_the_baseline_is_not(database: Database, week: int) -> None:
    champion(database, brier=0.5)
    for days in range(14):
        reviewed(database, days, 0.9 if week <= days < week + 7 else 0.39, baseline=0.4)
    tonight = plan(database, 23, **SERVE, worsened_share=9)
    assert (tonight.note, tonight.stand_in) == ("", False)


def test_the_baseline_serves_until_the_model_is_better_again(database: Database) -> None:
    champion(database, brier=0.5)
    two_weeks(database, 0.45, 0.4)
    tonight = plan(database, 23, **SERVE)
    assert tonight.stand_in
    assert not tonight.train
    assert "brier 7 0.450 against 0.400" in tonight.why
    for days, brier in zip(range(14, 23), (0.45, 0.45, 0.45, *(0.2,) * 6), strict=True):
        reviewed(database, days, brier, baseline=0.4)  # forecast by the model before
    published(database, 23, None)
    assert plan(database, 24, **SERVE).stand_in
    published(database, 24, None)
    back = plan(database, 32, **SERVE)
    assert not back.stand_in
    assert back.version is not None
    assert back.version.model_version == "champ"


@on_sqlite
@pytest.mark.parametrize(("limit", "tried_on"), [(7, 30), (60, 46)])
def test_a_new_model_is_tried_after_a_while(database: Database, limit: int, tried_on: int) -> None:
    champion(database, brier=0.5)
    two_weeks(database, 0.45, 0.4)
    for days in range(14, 23):
        reviewed(database, days, 0.45, baseline=0.4)
    options: dict[str, Any] = {"retrain_after_days": limit, "worsened_share": 9, **SERVE}
    for days in range(23, tried_on):
        assert plan(database, days, **options).stand_in, days
        reviewed(database, days, 0.4, baseline=0.4, version=None)
    tonight = plan(database, tried_on, **options)
    assert tonight.train  # for the longer limit, since no review of a model is left
    assert f"the baseline has served since {later(23)}" in tonight.why
    champion(database, brier=0.5, name="tried", days=tried_on)
    for days in range(tried_on, tried_on + 6):
        published(database, days, "tried")
        tonight = plan(database, days + 1, **options)
        assert (tonight.stand_in, tonight.note) == (False, "")


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
    champion(database, brier=0.5)
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
