"""Steps as tasks that are tried again: when, and what each try leaves behind."""

from __future__ import annotations

import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from models.next_visit.data.customer_base import CustomerBase
from nightcast.errors import InputError, NightcastError, UnavailableError
from nightcast.values import Product
from sql.engine import Database
from tasks import steps
from tasks.next_visit.steps import NextVisitSteps
from tasks.night import Night, Prepared, SourceRows
from tasks.product import LocatedSource
from tests.tasks.nights import fill_visits, night_of, rejected

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture(autouse=True)
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.steps.time.sleep", lambda _: None)


class Unsteady(NextVisitSteps):
    """Next visits whose steps fail some times after they have done their work."""

    def __init__(self, failures: int, error: NightcastError) -> None:
        self.failures, self.error, self.tries = failures, error, 0

    def read(self, night: Night, located: LocatedSource) -> SourceRows:
        rows = super().read(night, located)
        self._fail()
        return rows

    def prepare(self, night: Night, rows: SourceRows) -> Prepared[CustomerBase]:
        prepared = super().prepare(night, rows)
        self._fail()
        return prepared

    def _fail(self) -> None:
        self.tries += 1
        if self.tries <= self.failures:
            raise self.error


GONE = UnavailableError("The database has gone.", "Start it.")


@pytest.fixture
def night(database: Database) -> Night:
    """A night with a row to reject, and data that are too old."""
    fill_visits(database, ("a", "2024-04-05", "1"), (None, "2024-04-06", "1"))
    return night_of(database, Product.NEXT_VISIT)


def test_each_step_takes_what_the_one_before_gave(night: Night) -> None:
    product = NextVisitSteps()
    rows = steps.read(night, product, steps.check(night, product))
    prepared = steps.prepare(night, product, rows)
    assert prepared.ids.to_pylist() == ["a"]
    assert list(night.stage_seconds) == ["check", "read", "prepare"]
    assert night.entry.rows_read == 2
    assert night.entry.data_through == datetime.date(2024, 4, 5)


@pytest.mark.parametrize("failures", [1, len(steps.RETRY_SECONDS)])
def test_a_step_that_is_tried_again_counts_rejections_and_notes_once(night: Night, failures: int) -> None:
    night.warn("of an earlier step")
    reading, preparing = Unsteady(failures, GONE), Unsteady(failures, GONE)
    rows = steps.read(night, reading, steps.check(night, reading))
    assert rejected(night) == {"no customer": 1}
    assert night.notes == ["of an earlier step"]
    steps.prepare(night, preparing, rows)
    assert reading.tries == preparing.tries == failures + 1
    assert rejected(night) == {"no customer": 1}
    earlier, of_age = night.notes
    assert earlier == "of an earlier step"
    assert "2024-04-05" in of_age


def test_a_database_that_stays_away_is_an_error(night: Night) -> None:
    product = Unsteady(len(steps.RETRY_SECONDS) + 1, GONE)
    with pytest.raises(UnavailableError, match="gone"):
        steps.read(night, product, steps.check(night, product))
    assert product.tries == len(steps.RETRY_SECONDS) + 1


def test_bad_data_are_not_read_again(night: Night) -> None:
    product = Unsteady(1, InputError("The data are bad.", "Mend them."))
    with pytest.raises(InputError, match="bad"):
        steps.read(night, product, steps.check(night, product))
    assert product.tries == 1
    assert rejected(night) == {"no customer": 1}  # for the ledger


def test_prefect_tries_again_what_may_work_later(night: Night) -> None:
    def may_work_later(error: Exception) -> bool:
        state: Any = SimpleNamespace(result=lambda raise_on_failure: error)
        return steps._may_work_later(None, None, state)  # type: ignore[arg-type]

    assert may_work_later(GONE)
    assert not may_work_later(InputError("The data are bad.", "Mend them."))
