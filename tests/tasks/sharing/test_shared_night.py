"""A night that several processes share publishes what a night of one process does, row for row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nightcast.errors import InputError, NightcastError, SettingsError
from sql.engine import Database
from sql.ledger.lock import release
from sql.ledger.runs import clear, fail, publish
from sql.settings import VisitSource
from sql.sharing.leases import lease
from sql.sharing.shards import shard_counts, shared_runs
from sql.tables import next_visit_stored, run_shard
from tasks.next_visit import sample
from tasks.sharing.coordinator import PATIENCE_SECONDS
from tasks.sharing.shared_night import artifact_of, remove_left_shared
from tasks.sharing.worker import Worker
from tests.tasks.forecasts import customers, written_to
from tests.tasks.nights import fill_visits, night_of, rejected
from tests.tasks.sharing.nights import VISITS, forecasts, shared


def nearly(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows whose numbers may differ by rounding: batches of another size are computed in another order."""
    return [tuple(pytest.approx(one, rel=1e-9) if isinstance(one, float) else one for one in row) for row in rows]


@pytest.mark.parametrize("most_rows", [4_000_000, 130])
def test_the_tables_are_those_of_a_night_of_one_process(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most_rows: int
) -> None:
    monkeypatch.setattr(sample, "MOST_ROWS", most_rows)
    fill_visits(database, *VISITS)
    alone = customers(database)
    alone.forecast()
    expected, rejections = forecasts(database), rejected(alone.night)
    fail(database, alone.night.run, "Only to compare.")  # type: ignore[arg-type]
    together = shared(database, tmp_path)
    written = together.forecast(shards=3)
    found = forecasts(database)
    assert {name: len(rows) for name, rows in found.items()} == {name: len(rows) for name, rows in expected.items()}
    for name, rows in expected.items():
        assert found[name] == nearly(rows)
    assert written == sum(map(len, found.values())) == together.night.entry.rows_written
    assert rejected(together.night) == rejections
    assert len(rejections) == 4
    theirs, ours = together.night.entry, alone.night.entry
    assert (theirs.subjects, theirs.rows_read, theirs.data_through) == (80, len(VISITS), ours.data_through)
    assert (tmp_path / f"{together.run.version}-shared").exists() is False


def test_who_visits_most_is_found_among_all_shards(database: Database, tmp_path: Path) -> None:
    guest = [("guest", row[1], None) for row in VISITS if row[0]]
    fill_visits(database, *VISITS, *guest)
    alone = customers(database)
    assert any("is it a walk-in?" in note for note in alone.night.notes)
    fail(database, alone.night.run, "Only to compare.")  # type: ignore[arg-type]
    together = shared(database, tmp_path)
    together.forecast(shards=4)
    assert sorted(together.night.notes) == sorted(alone.night.notes)


def test_shards_that_are_done_stay_done_when_the_step_is_tried_again(database: Database, tmp_path: Path) -> None:
    fill_visits(database, *VISITS)
    night = shared(database, tmp_path)
    night.share_out(3)
    worker = night.worker()
    assert worker.take_shard(night.run)
    done = written_to(database, run_shard, "shard")[0]
    assert done["status"] == "done"
    night.forecast(shards=5)
    again = written_to(database, run_shard, "shard")
    assert len(again) == 3
    assert again[0] == done
    assert [row["attempt"] for row in again] == [1, 1, 1]


def test_a_failing_shard_fails_the_night_with_its_error(database: Database, tmp_path: Path) -> None:
    fill_visits(database, *VISITS)
    night = shared(database, tmp_path)
    night.share_out(1)
    with database.write() as connection:
        connection.execute(sa.text("DROP TABLE visits"))
    with pytest.raises(NightcastError, match="1 of 1 shards failed: There is no table or view 'visits'"):
        night.forecast()
    assert written_to(database, run_shard, "shard")[0]["failures"] == 3


def test_a_worker_with_other_settings_takes_nothing(database: Database, tmp_path: Path) -> None:
    fill_visits(database, *VISITS)
    night = shared(database, tmp_path)
    night.share_out(2)
    other = night_of(database, night.run.product, store=tmp_path, visits=VisitSource(exclude_customers=("C1",)))
    with pytest.raises(SettingsError, match=r"differ from those of the night under way: source\.visits"):
        Worker(database, other.sections, "UTC").take_shard(night.run)
    assert shard_counts(database, night.run.run_id).open == 2
    assert night.worker().take_shard(night.run)


def test_a_worker_may_read_visits_otherwise_than_the_night(database: Database, tmp_path: Path) -> None:
    fill_visits(database, *VISITS)
    night = shared(database, tmp_path)
    night.share_out(1)
    other = night.night.sections.next_visit.model_copy(update={"incremental": "never"})
    sections = replace(night.night.sections, next_visit=other)
    assert Worker(database, sections, "UTC", threads=1).take_shard(night.run)


def test_a_night_removes_what_a_killed_one_has_left_in_the_store(database: Database, tmp_path: Path) -> None:
    fill_visits(database, *VISITS)
    killed = shared(database, tmp_path)
    killed.share_out(2)
    with database.write() as connection:
        release(connection, killed.run.run_id)  # as if its process had ended
    artifact = tmp_path / artifact_of(killed.night)
    assert artifact.exists()
    after = shared(database, tmp_path)
    after.share_out(2)
    remove_left_shared(after.night)
    assert not artifact.exists()
    assert (tmp_path / artifact_of(after.night)).exists()


def test_a_run_with_a_shard_that_is_not_done_is_never_published(database: Database, tmp_path: Path) -> None:
    fill_visits(database, *VISITS)
    night = shared(database, tmp_path)
    night.share_out(2)
    night.worker().take_shard(night.run)
    with pytest.raises(NightcastError, match="of its shards, 1 is not done"):
        publish(database, night.run, None, {})
    night.worker().take_shard(night.run)
    publish(database, night.run, None, {})


def test_rows_that_another_program_removes_are_noticed(database: Database, tmp_path: Path) -> None:
    fill_visits(database, *VISITS)
    night = shared(database, tmp_path)

    class Meddler:
        def invite(self, run_id: str) -> bool:
            with database.write() as connection:
                connection.execute(sa.delete(next_visit_stored).where(next_visit_stored.c.customer_id == "C1"))
            return False

    with pytest.raises(NightcastError, match="have written 80 rows, and 79 are there"):
        night.forecast(workers=Meddler(), shards=3)


def test_a_run_is_shared_while_it_has_shards_to_take(database: Database, tmp_path: Path) -> None:
    fill_visits(database, *VISITS)
    night = shared(database, tmp_path)
    assert shared_runs(database) == []
    night.share_out(1)
    assert shared_runs(database) == [night.run]
    held = lease(database, night.run)
    assert held is not None
    assert shared_runs(database) == [night.run]
    with database.write() as connection:
        clear(connection, night.run)
    assert shared_runs(database) == []


def test_a_worker_leaves_a_shard_in_which_it_has_failed_to_others(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_visits(database, *VISITS)
    night = shared(database, tmp_path)
    night.share_out(1)
    broken, failures = night.worker(), list[int]()

    def fail_once(*_arguments: Any) -> Any:
        failures.append(1)
        raise MemoryError

    monkeypatch.setattr(broken, "_forecast", fail_once)  # as on a machine with less memory
    assert broken.take_shard(night.run)
    assert not broken.take_shard(night.run)
    assert len(failures) == 1
    assert shard_counts(database, night.run.run_id).open == 1
    assert night.worker().take_shard(night.run)


def test_a_night_whose_workers_have_all_stopped_takes_the_shards_itself(database: Database, tmp_path: Path) -> None:
    fill_visits(database, *VISITS)
    night, pauses = shared(database, tmp_path), list[float]()

    class Stopped:
        def invite(self, run_id: str) -> bool:
            return True

    night.forecast(workers=Stopped(), shards=2, pause=pauses.append)
    assert sum(pauses) == pytest.approx(PATIENCE_SECONDS, abs=1)
    assert shard_counts(database, night.run.run_id).done == 2


def test_a_worker_that_sees_another_model_store_costs_no_attempt(database: Database, tmp_path: Path) -> None:
    fill_visits(database, *VISITS)
    night = shared(database, tmp_path)
    night.share_out(1)
    other = night_of(database, night.run.product, store=tmp_path / "elsewhere")
    with pytest.raises(InputError, match="has to be the same one, within reach of all"):
        Worker(database, other.sections, "UTC").take_shard(night.run)
    assert written_to(database, run_shard, "shard")[0]["attempt"] == 0
