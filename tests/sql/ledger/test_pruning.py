"""Which runs and models may go, and that they go in small transactions."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nightcast.values import Bins, Product
from sql.engine import Database
from sql.ledger import runs as ledger
from sql.ledger.pruning import Keep, count_rows, judge_runs, removable_versions, remove_rows, was_made_here
from sql.ledger.reviews import open_runs
from sql.ledger.runs import Run
from sql.tables import (
    FORECAST_TABLES,
    QUANTILES,
    forecast_run,
    forecast_score,
    model_version,
    next_visit_stored,
    series_status,
    visit_bin,
)
from tests.stored_visits import next_visit, stored_row

NOW = datetime.datetime(2026, 6, 30, 3, tzinfo=datetime.UTC)
SALES, VISITS = Product.SALES, Product.NEXT_VISIT


def ago(days: int) -> datetime.date:
    return NOW.date() - datetime.timedelta(days=days)


def night(
    database: Database,
    product: Product,
    as_of: datetime.date,
    *,
    status: str = "published",
    scored: bool = True,
    published_at: datetime.datetime | None = None,
    version: str | None = None,
    period_days: int = 1,
) -> str:
    """A run with two subjects, published on its as-of by default, horizon 14 days or periods."""
    run = ledger.begin(database, product, as_of, trigger="test", flow_run_id=None, settings={})
    with database.write() as connection:
        _append(connection, run, period_days)
    ledger.publish(database, run, None, {"model_version": version})
    at = published_at or datetime.datetime.combine(as_of, datetime.time(3), datetime.UTC)
    with database.write() as connection:
        mine = forecast_run.c.run_id == run.run_id
        connection.execute(sa.update(forecast_run).where(mine).values(status=status, published_at=at))
        if scored:
            score = {"run_id": run.run_id, "product": product, "as_of": as_of, "scored_through": as_of}
            score |= {"part": "all", "is_backfill": False, "metric": "wape", "value": 0.5}
            connection.execute(sa.insert(forecast_score).values(**score))
    return run.run_id


def _append(connection: Connection, run: Run, period_days: int) -> None:
    if run.product != VISITS:
        forecasts = FORECAST_TABLES[run.product][0]
        numbers = dict.fromkeys(("mean", *QUANTILES), 1.0)
        for series in ("a", "b"):
            for step in range(14):
                period = run.as_of + datetime.timedelta(days=step * period_days)
                row = {"run_id": run.run_id, "series_id": series, "period": period, "step": step + 1, "model": "lstm"}
                connection.execute(sa.insert(forecasts).values(**row, **numbers))
            status = {"run_id": run.run_id, "series_id": series, "status": "forecast", "observations": 1}
            connection.execute(sa.insert(series_status).values(**status))
        return
    bins = Bins((7, 14))
    for customer in ("00001", "żółw"):
        connection.execute(sa.insert(next_visit_stored).values(stored_row(run, customer, [1 / 3, 1 / 3])))
    for number, (first, last) in enumerate(bins.ranges, 1):
        days = {
            "run_id": run.run_id,
            "bin": number,
            "from_day": first,
            "to_day": last,
            "label": bins.labels[number - 1],
        }
        start = run.as_of + datetime.timedelta(days=first - 1)
        end = None if last is None else run.as_of + datetime.timedelta(days=last - 1)
        connection.execute(sa.insert(visit_bin).values(**days, from_date=start, to_date=end))


def going(database: Database, keep: Keep) -> dict[str, str]:
    return {run.run_id: run.reason for run in judge_runs(database, keep, NOW) if run.reason}


def remaining(database: Database) -> set[str]:
    with database.read() as connection:
        tables = [table for tables in FORECAST_TABLES.values() for table in tables if "run_id" in table.c]
        runs = {run_id for table in tables for run_id in connection.execute(sa.select(table.c.run_id)).scalars()}
        return runs | {*connection.execute(sa.select(next_visit.c.run_id)).scalars()}


def test_the_last_runs_of_each_product_are_kept(database: Database) -> None:
    sales = [night(database, SALES, ago(days)) for days in (104, 103, 102, 101)]
    visits = [night(database, VISITS, ago(days)) for days in (93, 92, 91)]
    assert going(database, Keep(runs=2)) == dict.fromkeys([*sales[:2], visits[0]], "beyond the last 2")
    assert going(database, Keep(runs=4)) == {}


def test_runs_of_the_last_days_are_kept(database: Database) -> None:
    runs = [night(database, SALES, ago(days)) for days in (100, 50, 5, 1)]
    assert going(database, Keep(runs=None, days=60)) == {runs[0]: "beyond 60 days"}
    assert set(going(database, Keep(runs=1, days=5))) == set(runs[:2])  # whatever either rule keeps


def test_what_the_views_show_is_kept_whatever_the_rules(database: Database) -> None:
    latest = night(database, SALES, ago(300))
    backfill = night(database, SALES, ago(400), published_at=NOW)  # published later, never shown
    assert set(going(database, Keep(runs=None, days=10))) == set()
    assert set(going(database, Keep(runs=1))) == {backfill}
    assert latest not in going(database, Keep(runs=1))


@pytest.mark.parametrize("product", list(Product))
def test_a_run_that_is_still_to_be_scored_is_kept(database: Database, product: Product) -> None:
    times_up = night(database, product, ago(105), scored=False)  # the horizon ended 91 days ago
    hopeful = night(database, product, ago(103), scored=False)
    scored = night(database, product, ago(102))
    backfill = night(database, product, ago(300), scored=False, published_at=NOW)
    night(database, product, ago(1))
    removed = going(database, Keep(runs=1))
    assert set(removed) == {times_up, scored}
    assert {hopeful, backfill}.isdisjoint(removed)


@pytest.mark.parametrize("product", list(Product))
def test_what_is_kept_for_its_score_is_what_looking_back_will_score(database: Database, product: Product) -> None:
    hopeful = night(database, product, ago(43), scored=False)
    night(database, product, ago(1))
    assert going(database, Keep(runs=1)) == {}
    assert [run.run_id for run in open_runs(database, product, ago(2))] == [hopeful]


def test_a_run_that_was_pruned_unscored_does_not_come_up_again(database: Database) -> None:
    night(database, VISITS, ago(140), scored=False)
    night(database, VISITS, ago(1))
    (run,) = (run for run in judge_runs(database, Keep(runs=1), NOW) if run.reason)
    assert sum(remove_rows(database, run)) == 5
    assert open_runs(database, VISITS, ago(2)) == []


def test_a_month_ends_where_the_next_begins(database: Database) -> None:
    # The last of 14 periods of 30 days begins 13 * 30 days after the as-of and ends 30 days later.
    over = night(database, SALES, ago(14 * 30 + 91), scored=False, period_days=30)
    open_still = night(database, SALES, ago(14 * 30 + 89), scored=False, period_days=30)
    night(database, SALES, ago(1))
    assert set(going(database, Keep(runs=1))) == {over}
    assert open_still in remaining(database)


@pytest.mark.parametrize("status", ["superseded", "failed", "abandoned"])
def test_what_nobody_sees_goes_at_once(database: Database, status: str) -> None:
    night(database, SALES, ago(2))
    unseen = night(database, SALES, ago(1), status=status, scored=False)
    assert going(database, Keep()) == {unseen: status}


def test_a_run_that_is_under_way_is_left_alone(database: Database) -> None:
    run = ledger.begin(database, SALES, ago(0), trigger="test", flow_run_id=None, settings={})
    with database.write() as connection:
        _append(connection, run, 1)
    assert judge_runs(database, Keep(runs=1), NOW) == []


@pytest.mark.parametrize("product", list(Product))
@pytest.mark.parametrize("batch_rows", [1, 3, 1000])
def test_rows_go_in_batches_and_the_ledger_and_scores_stay(
    database: Database, product: Product, batch_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = night(database, product, ago(100)), night(database, product, ago(1))
    (run,) = (run for run in judge_runs(database, Keep(runs=1), NOW) if run.reason)
    rows = count_rows(database, run)
    assert rows == (5 if product == VISITS else 30)
    transactions = _counted(database, monkeypatch)
    batches = list(remove_rows(database, run, batch_rows))
    assert sum(batches) == rows
    assert len(transactions) >= len(batches)
    if batch_rows == 1:
        assert max(batches) <= 14  # a subject is never split
        assert len(batches) > 3
    assert remaining(database) == {new}
    with database.read() as connection:
        assert set(connection.execute(sa.select(forecast_run.c.run_id)).scalars()) == {old, new}
        assert set(connection.execute(sa.select(forecast_score.c.run_id)).scalars()) == {old, new}
    assert old not in {run.run_id for run in judge_runs(database, Keep(runs=1), NOW)}  # nothing is left to judge


def _counted(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    counted: list[int] = []
    write = type(database).write

    @contextmanager
    def counting(self: Database) -> Iterator[Connection]:
        counted.append(1)
        with write(self) as connection:
            yield connection

    monkeypatch.setattr(type(database), "write", counting)
    return counted


def add_version(database: Database, name: str, status: str, days: int, product: Product = SALES) -> None:
    at = NOW - datetime.timedelta(days=days, hours=1)
    columns = {"model_version": name, "product": product, "status": status, "trained_at": at, "as_of": at.date()}
    with database.write() as connection:
        connection.execute(
            sa.insert(model_version).values(**columns, artifact=name, sha256="0", parameters={}, metrics={})
        )


def test_models_that_serve_can_be_rolled_back_to_or_made_a_kept_run_stay(database: Database) -> None:
    add_version(database, "champion", "champion", 900)
    for number in range(8):
        add_version(database, f"retired {number}", "retired", 100 + number)
    add_version(database, "fresh challenger", "challenger", 0)
    add_version(database, "dead challenger", "challenger", 2)
    add_version(database, "turned down", "rejected", 3)
    add_version(database, "of visits", "retired", 950, VISITS)
    night(database, SALES, ago(300), version="retired 5")
    night(database, SALES, ago(200), version="retired 6")
    night(database, SALES, ago(1), version="retired 7")
    runs = judge_runs(database, Keep(runs=2), NOW)
    removable = {one.model_version for one in removable_versions(database, runs, NOW)}
    assert removable == {"dead challenger", "turned down", "retired 5"}


def test_runs_of_this_database_are_known_by_the_end_of_their_identifier(database: Database) -> None:
    run_id = night(database, SALES, ago(3))
    assert was_made_here(database, SALES, ago(3), run_id[-8:])
    assert not was_made_here(database, SALES, ago(4), run_id[-8:])
    assert not was_made_here(database, VISITS, ago(3), run_id[-8:])
    assert not was_made_here(database, SALES, ago(3), "00000000")


def test_a_run_of_a_day_that_had_not_come_goes_and_keeps_no_real_one_out(database: Database) -> None:
    premature = night(database, SALES, datetime.date(2036, 1, 1))
    real = night(database, SALES, ago(3))
    judged = {run.run_id: run.reason for run in judge_runs(database, Keep(1), NOW)}
    assert judged == {premature: "as-of after the clock", real: ""}
