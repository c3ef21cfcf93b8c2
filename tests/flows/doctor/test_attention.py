"""What needs an operator's attention, and what does not."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from flows.doctor.attention import ProductState, product_states
from flows.settings import Settings
from nightcast.values import Evaluation, Product, to_day
from sql.engine import Database
from sql.ledger import runs as ledger
from sql.ledger.model_versions import ModelVersion, add_version
from sql.tables import forecast_score

NOW = datetime.datetime.now(datetime.UTC)
SALES, VISITS = Product.SALES, Product.NEXT_VISIT


def ago(days: int) -> datetime.date:
    return NOW.date() - datetime.timedelta(days=days)


def begin(database: Database, product: Product, as_of: datetime.date) -> ledger.Run:
    return ledger.begin(database, product, as_of, trigger="test", flow_run_id=None, settings={})


def publish(database: Database, product: Product, days: int = 0, data_days: int = 1) -> ledger.Run:
    run = begin(database, product, ago(days))
    ledger.publish(database, run, None, {"data_through": ago(days + data_days)})
    return run


def states(database: Database, **sections: Any) -> dict[Product, ProductState]:
    return {state.product: state for state in product_states(database, Settings(**sections), NOW)}


def findings(database: Database, **sections: Any) -> dict[Product, str]:
    return {product: state.finding for product, state in states(database, **sections).items()}


def test_fresh_forecasts_from_fresh_data_need_nothing(database: Database) -> None:
    publish(database, SALES)
    publish(database, VISITS, days=1)
    assert findings(database) == {SALES: "", VISITS: ""}
    state = states(database)[VISITS]
    assert (state.newest_status, state.as_of, state.age_days, state.data_age_days) == ("published", ago(1), 1, 2)


def test_the_newest_run_that_failed_is_named_with_its_reason_until_one_succeeds(database: Database) -> None:
    publish(database, SALES)
    ledger.fail(database, begin(database, SALES, ago(0)), "The column is gone.")
    assert "The column is gone." in findings(database)[SALES]
    publish(database, SALES)
    assert findings(database) == {SALES: ""}


def test_old_forecasts_are_a_finding_unless_nights_are_rarer(database: Database) -> None:
    publish(database, SALES, days=3)
    assert "3 days old" in findings(database)[SALES]
    assert findings(database, run={"stale_after_days": 7}) == {SALES: ""}


def test_data_count_as_stale_as_in_the_night(database: Database) -> None:
    publish(database, SALES, data_days=8)
    assert findings(database) == {SALES: ""}
    publish(database, SALES, data_days=200)
    assert f"{ago(200)}, 199 days before" in findings(database)[SALES]
    assert findings(database, source={"sales": {"stale_after_days": 365}}) == {SALES: ""}


def test_a_product_that_failed_at_once_or_was_withdrawn_shows_readers_nothing(database: Database) -> None:
    begin(database, SALES, ago(0))
    assert findings(database) == {SALES: ""}  # the first night is under way
    ledger.fail(database, begin(database, VISITS, ago(0)), "No table.")
    assert "No table." in findings(database)[VISITS]
    assert "readers see no forecast" in findings(database)[VISITS]


def test_a_named_product_that_never_ran_is_a_finding_and_one_that_is_not_named_is_none(database: Database) -> None:
    assert findings(database) == {}
    publish(database, SALES, days=100)
    assert list(findings(database, run={"products": ["next_visit"]})) == [VISITS]
    assert states(database, run={"products": ["next_visit"]})[VISITS].finding


@pytest.mark.parametrize(("product", "metric"), [(SALES, "weighted_quantile_loss"), (VISITS, "brier_7")])
@pytest.mark.parametrize(("theirs", "is_worse"), [(0.4, True), (0.5, False), (0.6, False)])
def test_reviews_that_are_worse_than_the_baselines_are_a_finding(
    database: Database, product: Product, metric: str, theirs: float, is_worse: bool
) -> None:
    run = publish(database, product)
    score = {"run_id": run.run_id, "product": product, "as_of": ago(8), "scored_through": ago(1), "metric": metric}
    score |= {"part": "1-7", "is_backfill": False, "value": 0.5, "baseline_value": theirs}
    backfill = {**score, "run_id": "other", "is_backfill": True, "baseline_value": 0.001}
    whole = {**score, "part": "all", "as_of": ago(29), "baseline_value": 0.001}
    with database.write() as connection:
        connection.execute(sa.insert(forecast_score), [score, backfill, whole])
    state = states(database)[product]
    assert ("worse" in state.finding) is is_worse
    assert (state.scored_through, state.review_score) == (ago(1), 0.5)
    assert state.baseline_score == pytest.approx(theirs)


def test_one_bad_night_of_a_good_fortnight_is_no_finding(database: Database) -> None:
    publish(database, SALES)
    with database.write() as connection:
        for days, value in ((1, 0.6), (2, 0.3), (20, 9.0)):
            score = {"run_id": f"run {days}", "product": SALES, "as_of": ago(days + 7), "scored_through": ago(days)}
            score |= {"part": "1-7", "metric": "weighted_quantile_loss", "is_backfill": False}
            connection.execute(sa.insert(forecast_score).values(**score, value=value, baseline_value=0.5))
    assert findings(database) == {SALES: ""}


@pytest.mark.parametrize(
    ("product", "metric", "segment"), [(SALES, "weighted_quantile_loss", "steps 1-7"), (VISITS, "brier_7", "all")]
)
@pytest.mark.parametrize(("promised", "is_worse"), [(0.41, True), (0.42, False), (0.9, False)])
def test_reviews_that_are_worse_than_promised_are_a_finding(
    database: Database, product: Product, metric: str, segment: str, promised: float, is_worse: bool
) -> None:
    day = to_day(ago(30))
    promises = [Evaluation(day - 7 * n, segment, metric, promised + n / 10, "naive", 0.7) for n in (-1, 1)]
    others = [Evaluation(day, name, metric, 0.001, "naive", 0.7) for name in ("steps 8-14", "5+ visits")]
    version = ModelVersion("v1", product, "champion", ago(30), "v1", "0", {}, {})
    add_version(database, version, [*promises, *others])
    run = begin(database, product, ago(0))
    ledger.publish(database, run, None, {"model_version": "v1"})
    score = {"run_id": run.run_id, "product": product, "as_of": ago(8), "scored_through": ago(1), "metric": metric}
    score |= {"part": "1-7", "is_backfill": False, "value": 0.5, "baseline_value": 0.6}
    by_baseline = {**score, "run_id": "the baseline served", "value": 0.6}
    with database.write() as connection:
        connection.execute(sa.insert(forecast_score), [score, by_baseline])
    state = states(database)[product]
    assert ("0.5 against 0.41" in state.finding) is is_worse
    assert bool(state.finding) is is_worse
    assert state.promised_score == pytest.approx(promised)
    assert findings(database, model={"worsened_share": 0.5})[product] == ""
