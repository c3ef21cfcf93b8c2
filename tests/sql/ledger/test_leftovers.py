"""The next run removes, from every table, what a run wrote that ended before its publication."""

from __future__ import annotations

import datetime

import pytest
import sqlalchemy as sa

from nightcast.errors import UnavailableError
from nightcast.rejections import Rejections
from nightcast.values import Evaluation, Product
from sql.engine import Database
from sql.ledger import runs as ledger
from sql.ledger.model_versions import ModelVersion, add_version
from sql.ledger.runs import Run
from sql.tables import evaluation, forecast_run, model_version, product_lock, rejected_row

DAY = datetime.date(2024, 2, 1)


def begin(database: Database) -> Run:
    return ledger.begin(database, Product.SALES, DAY, trigger="test", flow_run_id=None, settings={})


def write_before_the_flip(database: Database, run: Run, status: str) -> None:
    """A version with a figure, and a rejection, as a night writes them."""
    version = ModelVersion(run.version, Product.SALES, status, DAY, None, None, {}, {})
    add_version(database, version, [Evaluation(0, "all", "wape", 0.5, "naive", 0.6)])
    rejections = Rejections()
    rejections.add("sales", "bad", 3, "")
    with database.write() as connection:
        ledger.record_rejections(connection, rejections, run_id=run.run_id)


def values(database: Database, column: sa.Column[str]) -> set[str]:
    with database.read() as connection:
        return set(connection.execute(sa.select(column)).scalars())


def kill(database: Database) -> None:
    """As if the process had been killed: another number, that no process has."""
    with database.write() as connection:
        connection.execute(sa.update(product_lock).values(pid=2**22 + 1))


@pytest.mark.parametrize("status", ["challenger", "rejected"])
def test_of_a_dead_run_nothing_stays_but_its_ledger_row(database: Database, status: str) -> None:
    write_before_the_flip(database, begin(database), status)
    kill(database)
    begin(database)
    for column in (rejected_row.c.run_id, model_version.c.model_version, evaluation.c.model_version):
        assert values(database, column) == set()
    assert values(database, forecast_run.c.status) == {"abandoned", "running"}


def test_of_a_failed_run_it_stays_known_why_rows_were_rejected(database: Database) -> None:
    run = begin(database)
    write_before_the_flip(database, run, "challenger")
    ledger.fail(database, run, "it failed")
    begin(database)
    assert values(database, rejected_row.c.run_id) == {run.run_id}
    assert values(database, model_version.c.model_version) == set()


@pytest.mark.parametrize("status", ["challenger", "rejected"])
def test_of_a_published_run_everything_stays(database: Database, status: str) -> None:
    run = begin(database)
    write_before_the_flip(database, run, status)
    ledger.publish(database, run, run.version if status == "challenger" else None, {})
    write_before_the_flip(database, begin(database), status)
    kill(database)
    begin(database)
    assert values(database, model_version.c.model_version) == {run.version}
    assert values(database, model_version.c.status) == {"champion" if status == "challenger" else status}
    assert values(database, evaluation.c.model_version) == {run.version}
    assert values(database, rejected_row.c.run_id) == {run.run_id}


def test_a_run_that_cannot_tidy_up_frees_the_lock(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise UnavailableError("The database is away.")

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "_remove_leftovers", fail)
        with pytest.raises(UnavailableError, match="away"):
            begin(database)
    assert values(database, forecast_run.c.status) == {"failed"}
    assert values(database, product_lock.c.run_id) == set()
    begin(database)
