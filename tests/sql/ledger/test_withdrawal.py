"""What readers see after a run was withdrawn, or was made for a day that had not come."""

from __future__ import annotations

import datetime

import sqlalchemy as sa

from nightcast.values import Product
from sql.engine import Database
from sql.ledger import runs as ledger
from sql.ledger.model_versions import ModelVersion, add_version
from sql.ledger.withdrawal import published_runs, readers_see, withdraw
from sql.tables import forecast_run, model_version

FIRST, SECOND = datetime.date(2024, 1, 1), datetime.date(2024, 1, 2)
PREMATURE = datetime.date(2036, 11, 25)


def night(database: Database, as_of: datetime.date, trained: str | None = None) -> str:
    """A published night, which trained and promoted a version where one is named."""
    run = ledger.begin(database, Product.SALES, as_of, trigger="test", flow_run_id=None, settings={})
    if trained is not None:
        version = ModelVersion(trained, Product.SALES, "challenger", as_of, f"{trained}-folder", "0", {}, {})
        add_version(database, version, [])
    ledger.publish(database, run, trained, {"model_version": trained, "retrained": trained is not None})
    return run.run_id


def statuses(database: Database) -> dict[str, str]:
    rows = database.rows(sa.select(model_version.c.model_version, model_version.c.status))
    return {row.model_version: row.status for row in rows}


def test_readers_see_the_night_before(database: Database) -> None:
    night(database, FIRST)
    last = night(database, SECOND)
    assert readers_see(database, Product.SALES) == SECOND
    [by_id] = published_runs(database, last)
    assert published_runs(database, SECOND) == [by_id]
    assert withdraw(database, by_id) is None
    assert readers_see(database, Product.SALES) == FIRST
    assert published_runs(database, SECOND) == []
    status = sa.select(forecast_run.c.status).where(forecast_run.c.run_id == last)
    assert database.value(status) == "withdrawn"
    night(database, SECOND)
    assert readers_see(database, Product.SALES) == SECOND


def test_the_last_night_leaves_readers_nothing(database: Database) -> None:
    night(database, FIRST)
    withdraw(database, published_runs(database, FIRST)[0])
    assert readers_see(database, Product.SALES) is None


def test_a_champion_that_the_night_trained_steps_back(database: Database) -> None:
    night(database, FIRST, "old")
    night(database, SECOND, "new")
    assert statuses(database) == {"old": "retired", "new": "champion"}
    assert withdraw(database, published_runs(database, SECOND)[0]) == "new"
    assert statuses(database) == {"old": "champion", "new": "rejected"}


def test_a_run_of_a_day_that_had_not_come_is_never_the_latest(database: Database) -> None:
    night(database, PREMATURE)
    assert readers_see(database, Product.SALES) is None
    night(database, FIRST)
    assert readers_see(database, Product.SALES) == FIRST
