"""Leases of shards: who holds one writes, and nobody else does."""

from __future__ import annotations

import datetime
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from nightcast.errors import RunLostError
from nightcast.values import Product
from sql.engine import Database
from sql.ledger import runs
from sql.sharing.leases import MOST_ATTEMPTS, Renewal, finish, give_back, lease, let_go, put_down, renew
from sql.sharing.shards import Shard, create_shards, outcomes, shard_counts, written_rows
from sql.tables import run_shard

AS_OF = datetime.date(2024, 6, 1)


@pytest.fixture
def run(database: Database) -> runs.Run:
    begun = runs.begin(database, Product.NEXT_VISIT, AS_OF, trigger="test", flow_run_id=None, settings={})
    create_shards(database, begun, 3, "artifact", "sha")
    return begun


def taken(database: Database, run: runs.Run) -> Shard:
    shard = lease(database, run)
    assert shard is not None
    return shard


def done(database: Database, shard: Shard, rows: int = 10) -> None:
    with database.write() as connection:
        finish(connection, shard, rows, {"rows_read": rows})


def change(database: Database, shard: Shard, **columns: object) -> None:
    with database.write() as connection:
        connection.execute(sa.update(run_shard).where(shard.key).values(columns))


def run_out(database: Database, shard: Shard) -> None:
    change(database, shard, leased_until=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))


def test_shards_cover_all_hashes_and_each_is_taken_once(database: Database, run: runs.Run) -> None:
    shards = [taken(database, run) for _ in range(3)]
    assert lease(database, run) is None
    assert [one.shard for one in shards] == [1, 2, 3]
    assert shards[0].first_hash == 0
    assert [one.last_hash + 1 for one in shards] == [shards[1].first_hash, shards[2].first_hash, 2**28]
    for one in shards:
        done(database, one)
    counts = shard_counts(database, run.run_id)
    assert (counts.done, counts.all, written_rows(database, run.run_id)) == (3, 3, 30)


def test_many_workers_at_once_never_hold_the_same_shard(database: Database, run: runs.Run) -> None:
    with ThreadPoolExecutor(6) as pool:
        found = [one for one in pool.map(lambda _: lease(database, run), range(6)) if one is not None]
    while (late := lease(database, run)) is not None:  # one may have lost every race
        found.append(late)
    assert sorted(one.shard for one in found) == [1, 2, 3]
    assert {one.attempt for one in found} == {1}


def test_a_lease_that_ran_out_goes_to_another_and_the_first_may_no_longer_write(
    database: Database, run: runs.Run
) -> None:
    first = taken(database, run)
    run_out(database, first)
    others = [taken(database, run) for _ in range(3)]
    again = next(one for one in others if one.shard == first.shard)
    assert again.attempt == 2
    assert renew(database, first) is False
    with pytest.raises(RunLostError, match="belongs to another worker"):
        done(database, first)
    done(database, again)
    with pytest.raises(RunLostError):
        done(database, first)


def test_the_shard_of_a_process_that_has_ended_is_free_at_once(database: Database, run: runs.Run) -> None:
    first = taken(database, run)
    change(database, first, process_started_at=1.0)  # another process of the same number
    assert sorted(taken(database, run).attempt for _ in range(3)) == [1, 1, 2]


def test_the_shard_of_another_host_is_free_when_its_lease_has_run_out(database: Database, run: runs.Run) -> None:
    first = taken(database, run)
    change(database, first, host="elsewhere", process_started_at=1.0)
    assert [taken(database, run).shard for _ in range(2)] == [2, 3]
    assert lease(database, run) is None
    run_out(database, first)
    assert taken(database, run).attempt == 2


def test_after_three_errors_a_shard_has_failed(database: Database, run: runs.Run) -> None:
    for failures in range(1, 4):
        shard = taken(database, run)
        assert (shard.shard, shard.attempt) == (1, failures)
        give_back(database, shard, f"error {failures}")
    counts = shard_counts(database, run.run_id)
    assert (counts.open, counts.failed, counts.errors) == (2, 1, ["error 3"])


def test_what_is_put_down_is_open_and_no_failure(database: Database, run: runs.Run) -> None:
    put_down(database, taken(database, run))
    assert taken(database, run).attempt == 2
    assert shard_counts(database, run.run_id).failed == 0


def test_a_shard_that_ends_every_worker_fails(database: Database, run: runs.Run) -> None:
    shard = taken(database, run)
    change(database, shard, attempt=MOST_ATTEMPTS, process_started_at=1.0)
    assert [taken(database, run).shard for _ in range(2)] == [2, 3]
    assert lease(database, run) is None
    assert shard_counts(database, run.run_id).failed == 1


def test_a_worker_of_a_run_that_has_ended_may_not_write(database: Database, run: runs.Run) -> None:
    shard = taken(database, run)
    runs.fail(database, run, "stopped")
    with pytest.raises(RunLostError):
        done(database, shard)
    assert lease(database, run) is None


def test_a_lease_is_renewed_while_its_worker_works(database: Database, run: runs.Run) -> None:
    shard = taken(database, run)
    run_out(database, shard)
    until = sa.select(run_shard.c.leased_until).where(shard.key)
    before = database.value(until)
    with Renewal(database, shard, seconds=0.01):
        for _ in range(1000):
            if database.value(until) != before:
                break
    assert database.value(until) > before  # type: ignore[operator]


def test_what_a_process_let_go_while_the_database_was_away_is_free_for_it_at_once(
    database: Database, run: runs.Run
) -> None:
    shards = [taken(database, run) for _ in range(3)]
    assert lease(database, run) is None
    let_go(shards[1])
    again = taken(database, run)
    assert (again.shard, again.attempt) == (2, 2)
    with pytest.raises(RunLostError):
        done(database, shards[1])


def test_shards_to_avoid_are_left_to_others(database: Database, run: runs.Run) -> None:
    found = lease(database, run, avoid={1, 3})
    assert found is not None
    assert found.shard == 2
    assert lease(database, run, avoid={1, 3}) is None


def test_a_shard_is_held_while_its_lease_lasts(database: Database, run: runs.Run) -> None:
    first, _second = taken(database, run), taken(database, run)
    assert shard_counts(database, run.run_id).held == 2
    run_out(database, first)
    counts = shard_counts(database, run.run_id)
    assert (counts.leased, counts.held) == (2, 1)


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_worker_that_has_stopped_in_the_middle_of_its_writing_holds_nobody_up(
    database: Database, run: runs.Run
) -> None:
    first = taken(database, run)
    run_out(database, first)
    with database.write() as connection:
        finish(connection, first, 1, {})
        assert [taken(database, run).shard for _ in range(2)] == [2, 3]
        assert lease(database, run) is None  # and does not wait for the row
        timeout = connection.execute(sa.text("SHOW idle_in_transaction_session_timeout")).scalar_one()
    assert timeout == "1min"
    with database.read() as connection:
        assert connection.execute(sa.text("SHOW idle_in_transaction_session_timeout")).scalar_one() == "0"


def test_what_workers_have_counted_is_cleared_with_the_publication(database: Database, run: runs.Run) -> None:
    for _ in range(3):
        done(database, taken(database, run))
    assert outcomes(database, run.run_id) == [{"rows_read": 10}] * 3
    runs.publish(database, run, None, {})
    assert outcomes(database, run.run_id) == [None] * 3
    assert written_rows(database, run.run_id) == 30
