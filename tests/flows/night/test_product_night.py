"""A whole night of one product, without Prefect's server: what the ledger keeps of its warnings."""

from __future__ import annotations

import datetime
import signal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import tasks.review
from flows.night.ending import EXIT_CODE
from flows.night.product_night import product_night
from flows.night.request import NightRequest, Outcome
from flows.server.start import ended_by_sigterm
from nightcast.errors import InputError, UnavailableError
from nightcast.values import Product
from sql.engine import Database
from sql.tables import forecast_run, forecast_score, product_lock, visit_bin
from tests.tasks.nights import fill_visits

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

FIRST = datetime.date(2024, 5, 1)
SECOND = FIRST + datetime.timedelta(days=1)
LAST_VISIT = FIRST + datetime.timedelta(days=15)  # after both horizons
REVIEWING = FIRST + datetime.timedelta(days=30)


@pytest.fixture
def config(database: Database, tmp_path: Path) -> Path:
    """Settings of a shop with ten customers."""
    days = [FIRST - datetime.timedelta(weeks=week) for week in range(5)] + [LAST_VISIT]
    fill_visits(database, *((f"c{number}", str(day), "1") for number in range(10) for day in days))
    path = tmp_path / "nightcast.toml"
    path.write_text(
        f"""
[database]
url = "{database.url.render_as_string(hide_password=False)}"
[source.visits]
stale_after_days = 6
[next_visit]
bin_edges_days = [7, 14]
""",
        encoding="utf-8",
    )
    return path


def run(config: Path, as_of: datetime.date, **options: Any) -> Outcome:
    return product_night(Product.NEXT_VISIT, NightRequest(config=config, as_of=as_of, retrain="never", **options))


def ledger_row(database: Database, run_id: str | None) -> Any:
    with database.read() as connection:
        return connection.execute(sa.select(forecast_run).where(forecast_run.c.run_id == run_id)).one()


def break_forecast(database: Database, run_id: str | None) -> None:
    """Make a published forecast one that cannot be reviewed."""
    second_bin = (visit_bin.c.run_id == run_id) & (visit_bin.c.bin == 2)
    with database.write() as connection:
        connection.execute(sa.update(visit_bin).where(second_bin).values(to_day=1))


def test_warnings_before_and_after_publication_reach_the_ledger(database: Database, config: Path) -> None:
    broken, sound = run(config, FIRST), run(config, SECOND)
    assert (broken.notes, sound.notes) == ([], [])
    assert ledger_row(database, sound.run_id).notes is None
    break_forecast(database, broken.run_id)
    outcome = run(config, REVIEWING)
    of_age, of_review = outcome.notes
    assert str(LAST_VISIT) in of_age
    assert f"{FIRST} (run {broken.run_id})" in of_review
    row = ledger_row(database, outcome.run_id)
    assert row.status == "published"
    assert row.notes.splitlines() == [of_age, of_review]
    assert list(row.stage_seconds) == ["check", "read", "prepare", "choose", "forecast", "publish", "review"]
    assert "life_table" in row.decision
    assert outcome.decision == row.decision
    with database.read() as connection:
        reviewed = connection.execute(sa.select(forecast_score.c.run_id).distinct()).scalars().all()
    assert reviewed == [sound.run_id]


def test_a_dry_run_has_its_warnings_in_the_outcome_alone(database: Database, config: Path) -> None:
    [of_age] = run(config, REVIEWING, dry_run=True).notes
    assert str(LAST_VISIT) in of_age
    with database.read() as connection:
        assert connection.execute(sa.select(forecast_run)).all() == []


def test_warnings_that_cannot_be_kept_do_not_fail_a_published_night(
    database: Database, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: Any, **__: Any) -> None:
        raise UnavailableError("The database has gone.", "Start it.")

    monkeypatch.setattr("flows.night.session.ledger.amend", gone)
    outcome = run(config, SECOND)
    assert ledger_row(database, outcome.run_id).status == "published"
    assert "The database has gone." in outcome.notes[-1]


def test_a_night_that_fails_keeps_its_warnings_and_rejections(database: Database, config: Path) -> None:
    fill_visits(database, (None, str(FIRST), "1"))
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE visits SET customer_id = NULL")
    with pytest.raises(InputError):
        run(config, SECOND)
    with database.read() as connection:
        [row] = connection.execute(sa.select(forecast_run)).all()
    assert (row.status, row.rows_read, row.rows_rejected) == ("failed", 61, 61)
    assert "visits" in row.error


def test_sigterm_that_a_review_takes_for_its_failure_ends_the_process(
    database: Database, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def swallow(*_: object) -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        except SystemExit:
            raise ImportError("initialization failed") from None

    monkeypatch.setattr(tasks.review, "due_runs", swallow)
    with ended_by_sigterm(), pytest.raises(SystemExit) as caught:
        run(config, FIRST)
    assert caught.value.code == EXIT_CODE
    with database.read() as connection:
        assert connection.execute(sa.select(forecast_run.c.status)).scalars().all() == ["published"]
        assert connection.execute(sa.select(product_lock)).all() == []
