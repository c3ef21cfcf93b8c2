"""Append, then publish: what readers see before, during and after, and what remains of failed runs."""

from __future__ import annotations

import datetime
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

from nightcast.errors import LockHeldError, RunLostError
from nightcast.rejections import Rejections
from nightcast.values import Product, new_id
from sql.engine import Database
from sql.ledger import runs as ledger
from sql.ledger.model_versions import ModelVersion, add_version
from sql.ledger.runs import Run
from sql.tables import QUANTILES, forecast_run, model_version, product_lock, rejected_row, sales_forecast, series_status
from sql.writing import append

JANUARY, FEBRUARY = datetime.date(2024, 1, 1), datetime.date(2024, 2, 1)


def begin(database: Database, as_of: datetime.date = FEBRUARY, product: Product = Product.SALES) -> Run:
    return ledger.begin(database, product, as_of, trigger="test", flow_run_id=None, settings={"sales": {"units": 8}})


def append_rows(database: Database, run: Run, mean: float) -> None:
    """One series of one step, as a step of the night appends it."""
    key = {"run_id": [run.run_id], "series_id": ["00001"]}
    numbers = {name: [mean] for name in ("mean", *QUANTILES)}
    step = {"period": pa.array([run.as_of], pa.date32()), "step": pa.array([1], pa.int32()), "model": ["lstm"]}
    status = {"status": ["forecast"], "observations": pa.array([9], pa.int32())}
    with database.write() as connection:
        append(connection, sales_forecast, pa.table(key | numbers | step))
        append(connection, series_status, pa.table(key | status))
        ledger.record(connection, run, rows_written=2)


def publish(database: Database, run: Run, promoted: str | None = None, **columns: Any) -> None:
    ledger.publish(database, run, promoted, columns)


def night(database: Database, mean: float, as_of: datetime.date = FEBRUARY) -> Run:
    run = begin(database, as_of)
    append_rows(database, run, mean)
    publish(database, run)
    return run


def seen(database: Database, view: str = "latest_sales_forecast") -> list[tuple[Any, ...]]:
    """What a reader sees: run and mean."""
    columns = {"latest_sales_forecast": ("run_id", "mean"), "rpt_sales_outlook": ("series_id", "total_mean")}[view]
    table = sa.table(view, *map(sa.column, columns), schema=database.schema)
    with database.read() as connection:
        return [tuple(row) for row in connection.execute(sa.select(*table.c))]


def row(database: Database, run: Run) -> Any:
    with database.read() as connection:
        return connection.execute(sa.select(forecast_run).where(forecast_run.c.run_id == run.run_id)).one()


def count(database: Database, table: sa.Table, run: Run) -> int:
    with database.read() as connection:
        query = sa.select(sa.func.count()).select_from(table).where(table.c.run_id == run.run_id)
        return connection.execute(query).scalar_one()


def holders(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.execute(sa.select(product_lock.c.run_id)).scalars())


def kill(database: Database, run: Run) -> None:
    """As if the process had been killed: another number, that no process has."""
    with database.write() as connection:
        connection.execute(sa.update(product_lock).where(product_lock.c.run_id == run.run_id).values(pid=2**22 + 1))


def test_a_run_is_in_the_ledger_from_its_beginning(database: Database) -> None:
    before = datetime.datetime.now(datetime.UTC)
    run = begin(database)
    entry = row(database, run)
    assert (entry.product, entry.as_of, entry.status, entry.trigger) == ("sales", FEBRUARY, "running", "test")
    assert entry.settings == {"sales": {"units": 8}}
    assert before <= entry.started_at <= datetime.datetime.now(datetime.UTC)
    assert entry.published_at is None
    assert holders(database) == [run.run_id]


def test_run_ids_sort_by_time() -> None:
    ids = [new_id() for _ in range(200)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 200


def test_readers_see_nothing_before_the_flip_and_all_after_it(database: Database) -> None:
    run = begin(database)
    append_rows(database, run, 5.0)
    assert seen(database) == []
    assert seen(database, "rpt_sales_outlook") == []
    publish(database, run, rows_written=2, subjects=1, decision="because", stage_seconds={"score": 1.5})
    assert seen(database) == [(run.run_id, 5.0)]
    assert seen(database, "rpt_sales_outlook") == [("00001", 5.0)]
    entry = row(database, run)
    assert (entry.status, entry.subjects, entry.decision) == ("published", 1, "because")
    assert entry.stage_seconds == {"score": 1.5}
    assert entry.published_at == entry.finished_at >= entry.started_at
    assert holders(database) == []


def test_while_a_night_runs_the_last_one_stays(database: Database) -> None:
    last = night(database, 1.0, JANUARY)
    run = begin(database)
    append_rows(database, run, 2.0)
    assert seen(database) == [(last.run_id, 1.0)]
    publish(database, run)
    assert seen(database) == [(run.run_id, 2.0)]
    assert row(database, last).status == "published"  # of another as-of


def test_a_second_run_of_an_as_of_supersedes_the_first(database: Database) -> None:
    first, second = night(database, 1.0), night(database, 2.0)
    assert row(database, first).status == "superseded"
    assert seen(database) == [(second.run_id, 2.0)]


def test_a_backfill_publishes_and_never_becomes_latest(database: Database) -> None:
    newest = night(database, 1.0, FEBRUARY)
    backfill = night(database, 2.0, JANUARY)
    assert row(database, backfill).status == "published"
    assert row(database, newest).status == "published"
    assert seen(database) == [(newest.run_id, 1.0)]
    assert count(database, sales_forecast, backfill) == 1


def test_products_do_not_touch_each_other(database: Database) -> None:
    sales = begin(database)
    visits = begin(database, product=Product.NEXT_VISIT)
    append_rows(database, sales, 1.0)
    publish(database, visits)
    assert row(database, sales).status == "running"
    publish(database, sales)
    assert row(database, visits).status == "published"


def test_publishing_twice_is_harmless(database: Database) -> None:
    run = begin(database)
    append_rows(database, run, 5.0)
    publish(database, run, decision="first")
    published_at = row(database, run).published_at
    publish(database, run, decision="second")
    entry = row(database, run)
    assert (entry.status, entry.decision, entry.published_at) == ("published", "first", published_at)
    assert seen(database) == [(run.run_id, 5.0)]


def version(name: str, as_of: datetime.date = FEBRUARY) -> ModelVersion:
    return ModelVersion(name, Product.SALES, "challenger", as_of, "folder", "0" * 64, {}, {})


def test_the_flip_promotes_the_model_in_the_same_transaction(database: Database) -> None:
    add_version(database, version("new"), [])
    run = begin(database)
    append_rows(database, run, 1.0)
    publish(database, run, "new", model_version="new")
    with database.read() as connection:
        assert connection.execute(sa.select(model_version.c.status)).scalar_one() == "champion"


def test_a_flip_that_fails_leaves_everything_as_it_was(database: Database) -> None:
    last = night(database, 1.0)
    run = begin(database)
    append_rows(database, run, 2.0)
    with pytest.raises(sa.exc.NoResultFound):
        publish(database, run, "a version that is not there")
    assert seen(database) == [(last.run_id, 1.0)]
    assert (row(database, last).status, row(database, run).status) == ("published", "running")
    assert holders(database) == [run.run_id]
    publish(database, run)
    assert seen(database) == [(run.run_id, 2.0)]


def test_a_failed_run_leaves_a_word_and_no_rows(database: Database) -> None:
    last = night(database, 1.0, JANUARY)
    run = begin(database)
    append_rows(database, run, 2.0)
    ledger.fail(database, run, "It broke.", rows_rejected=3)
    entry = row(database, run)
    assert (entry.status, entry.error, entry.rows_rejected) == ("failed", "It broke.", 3)
    assert entry.finished_at is not None
    assert count(database, sales_forecast, run) == count(database, series_status, run) == 0
    assert holders(database) == []
    assert seen(database) == [(last.run_id, 1.0)]
    begin(database)  # and the next one can start


def test_clearing_makes_room_for_a_second_try(database: Database) -> None:
    run = begin(database)
    append_rows(database, run, 1.0)
    with database.write() as connection:
        ledger.clear(connection, run)
    assert row(database, run).rows_written == 0
    append_rows(database, run, 2.0)
    publish(database, run)
    assert seen(database) == [(run.run_id, 2.0)]


def test_a_live_run_keeps_others_out(database: Database) -> None:
    run = begin(database)
    with pytest.raises(LockHeldError, match=run.run_id):
        begin(database, JANUARY)
    with database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(forecast_run)).scalar_one() == 1


def test_the_next_run_removes_what_a_dead_one_left(database: Database) -> None:
    last = night(database, 1.0, JANUARY)
    dead = begin(database)
    append_rows(database, dead, 2.0)
    kill(database, dead)
    assert seen(database) == [(last.run_id, 1.0)]
    run = begin(database)
    entry = row(database, dead)
    assert entry.status == "abandoned"
    assert entry.finished_at is not None
    assert "killed" in entry.error
    assert count(database, sales_forecast, dead) == count(database, series_status, dead) == 0
    assert count(database, sales_forecast, last) == 1
    append_rows(database, run, 3.0)
    publish(database, run)
    assert seen(database) == [(run.run_id, 3.0)]


def test_a_run_that_was_declared_abandoned_may_not_write_any_more(database: Database) -> None:
    slept = begin(database)
    append_rows(database, slept, 1.0)
    kill(database, slept)
    run = begin(database)
    with pytest.raises(RunLostError, match=slept.run_id) as caught:
        append_rows(database, slept, 2.0)
    assert "nightcast show runs" in caught.value.remedy
    with pytest.raises(RunLostError):
        publish(database, slept)
    with database.write() as connection, pytest.raises(RunLostError):
        ledger.clear(connection, slept)
    assert count(database, sales_forecast, slept) == 0
    ledger.fail(database, slept, "It woke up.")
    assert row(database, slept).status == "abandoned"
    assert holders(database) == [run.run_id]
    publish(database, run)


def test_a_published_run_may_not_be_failed(database: Database) -> None:
    run = night(database, 1.0)
    ledger.fail(database, run, "Too late.")
    assert row(database, run).status == "published"
    assert seen(database) == [(run.run_id, 1.0)]


def rejections(database: Database) -> list[tuple[Any, ...]]:
    table = rejected_row.c
    query = sa.select(table.run_id, table.load_id, table.source, table.reason, table.rows, table.example)
    with database.read() as connection:
        return sorted(tuple(row) for row in connection.execute(query.order_by(table.reason)))


def test_rejections_are_kept_for_runs_and_for_loads(database: Database) -> None:
    tally = Rejections()
    tally.add("sales", "no series", 2, "series null, 2024-01-01")
    with database.write() as connection:
        ledger.record_rejections(connection, tally, run_id="a")
    tally.add("sales", "after the clock", 1, "O'Brien\n100%")
    with database.write() as connection:
        ledger.record_rejections(connection, tally, run_id="a")  # again, after a second try: replaced, not added
        ledger.record_rejections(connection, Rejections(), run_id="b")
    assert rejections(database) == [
        ("a", None, "sales", "after the clock", 1, "x'xxxxx\n999%"),
        ("a", None, "sales", "no series", 2, "series null, 2024-01-01"),
    ]


def test_a_loads_rejections_do_not_replace_a_runs(database: Database) -> None:
    tally = Rejections()
    tally.add("visits", "no customer", 1, "x")
    with database.write() as connection:
        ledger.record_rejections(connection, tally, run_id="same")
        ledger.record_rejections(connection, tally, load_id="same")
    with database.read() as connection:
        rows = connection.execute(sa.select(rejected_row.c.run_id, rejected_row.c.load_id)).all()
    assert set(map(tuple, rows)) == {("same", None), (None, "same")}
