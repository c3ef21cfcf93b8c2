"""Publication: what the ledger says of a night from then on."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nightcast.values import Product
from sql.engine import Database
from sql.tables import forecast_run, rejected_row
from tasks.choose import Chooser
from tasks.night import Night
from tasks.publish import publish
from tests.tasks.nights import AS_OF, baseline_of, fill_visits, night_of, prepared_of, publish_forecast
from tests.tasks.workshop import NOTHING_KNOWN, CheapVisits

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def ledger_row(database: Database, night: Night) -> Any:
    assert night.run is not None
    with database.read() as connection:
        return connection.execute(sa.select(forecast_run).where(forecast_run.c.run_id == night.run.run_id)).one()


def test_the_ledger_says_what_each_step_did(database: Database) -> None:
    fill_visits(database, ("a", "2024-05-05", "1"), (None, "2024-05-06", "1"), ("b", "2024-05-07", "1"))
    night = night_of(database, Product.NEXT_VISIT, is_dry=False)
    with night.stage("prepare"):
        prepared = prepared_of(night)
    choice = baseline_of(night, prepared)
    night.entry.decision, night.entry.served, night.entry.retrained = choice.decision, choice.recipe, False
    night.warn("another warning")
    publish_forecast(night, prepared, choice)
    row = ledger_row(database, night)
    assert (row.status, row.rows_read, row.rows_rejected, row.subjects) == ("published", 3, 1, 2)
    assert (row.served, row.retrained, row.decision) == ("life_table", False, "test")
    assert row.data_through == datetime.date(2024, 5, 7)
    assert row.rows_written == night.entry.rows_written > 0
    assert list(row.stage_seconds) == ["prepare"]
    of_age, another = row.notes.splitlines()
    assert "2024-05-07" in of_age
    assert another == "another warning"
    with database.read() as connection:
        kept = connection.execute(sa.select(rejected_row.c.run_id, rejected_row.c.reason, rejected_row.c.rows)).all()
    assert [tuple(rejection) for rejection in kept] == [(row.run_id, "no customer", 1)]


def test_a_night_without_warnings_has_no_notes(database: Database, tmp_path: Path) -> None:
    night = night_of(database, Product.NEXT_VISIT, store=tmp_path / "store", is_dry=False)
    choice = Chooser(night, CheapVisits(), NOTHING_KNOWN).choose()
    publish(night, choice)
    publish(night, choice)  # as after a confirmation that was lost
    row = ledger_row(database, night)
    assert (row.status, row.as_of, row.notes, row.model_version) == ("published", AS_OF, None, choice.version)


def test_a_dry_run_publishes_nothing(database: Database) -> None:
    night = night_of(database, Product.NEXT_VISIT)
    publish(night, Chooser(night, CheapVisits(), NOTHING_KNOWN).choose())
    with database.read() as connection:
        assert connection.execute(sa.select(forecast_run)).all() == []
