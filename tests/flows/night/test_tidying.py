"""What a night removes at its end, and that a failure of it is no failed night."""

from __future__ import annotations

import datetime

import pytest

from flows.night import tidying
from flows.night.tidying import kept, tidy_up
from flows.settings import RunSettings
from nightcast.values import Product
from sql.engine import Database
from sql.ledger.pruning import Keep
from tasks.upkeep import housekeeping
from tests.sql.ledger.test_pruning import night, remaining
from tests.tasks.nights import night_of

SALES = Product.SALES


def day(number: int) -> datetime.date:
    return datetime.date(2024, 1, number)


def test_a_night_keeps_what_readers_see_and_the_last_runs(database: Database) -> None:
    runs = [night(database, SALES, day(number)) for number in (1, 2, 3, 4)]
    other = night(database, Product.NEXT_VISIT, day(1))
    tonight = night_of(database, SALES, as_of=day(5), is_dry=False)
    tidy_up(tonight, RunSettings(keep_runs=2))
    assert remaining(database) == {*runs[2:], other}
    assert tonight.notes == []


def test_a_backfill_of_long_ago_is_not_removed_by_the_next_night(database: Database) -> None:
    runs = [night(database, SALES, day(number), published_at=datetime.datetime.now(datetime.UTC)) for number in (1, 2)]
    assert kept(RunSettings(keep_runs=3)) == Keep(3)
    assert kept(RunSettings()).days is not None
    tidy_up(night_of(database, SALES, as_of=day(5), is_dry=False), RunSettings())
    assert remaining(database) == set(runs)


def test_a_night_removes_the_oldest_first_and_no_more_than_a_few(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [night(database, SALES, day(number)) for number in (1, 2, 3, 4)]
    monkeypatch.setattr(housekeeping, "MOST_RUNS", 2)
    tidy_up(night_of(database, SALES, as_of=day(5), is_dry=False), RunSettings(keep_runs=1))
    assert remaining(database) == set(runs[2:])


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_failure_is_a_note_and_a_dry_night_removes_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> int:
        raise OSError("no")

    monkeypatch.setattr(tidying, "tidy", fail)
    tonight = night_of(database, SALES, is_dry=False)
    tidy_up(tonight, RunSettings())
    assert len(tonight.notes) == 1
    tidy_up(night_of(database, SALES), RunSettings())
