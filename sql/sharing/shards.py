"""The shards of a run: parts of its customers that any process may forecast, each exactly once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from nightcast.values import Product
from sql.connection.clock import clock
from sql.engine import Database
from sql.hashing import HASHES
from sql.ledger.runs import Run, record
from sql.tables import forecast_run, run_shard

OPEN, LEASED, DONE, FAILED = "open", "leased", "done", "failed"


@dataclass(frozen=True)
class Shard:
    """A shard as its worker holds it.

    Attributes:
        run: the run that it belongs to.
        shard: its number, from 1.
        attempt: which attempt at it this is, from 1; only the last one may write.
        first_hash: the first hash of the identifiers of its customers.
        last_hash: the last one.
    """

    run: Run
    shard: int
    attempt: int
    first_hash: int
    last_hash: int

    @property
    def key(self) -> sa.ColumnElement[bool]:
        """The condition that selects its row."""
        return (run_shard.c.run_id == self.run.run_id) & (run_shard.c.shard == self.shard)


@dataclass(frozen=True)
class ShardCounts:
    """How many shards of a run have each status, and why some failed; `held`: those whose lease lasts."""

    open: int
    leased: int
    done: int
    failed: int
    held: int
    errors: Sequence[str] = ()

    @property
    def all(self) -> int:
        """The number of all shards."""
        return self.open + self.leased + self.done + self.failed


def create_shards(database: Database, run: Run, count: int, artifact: str, sha256: str) -> None:
    """Divide the customers of a run evenly into open shards.

    Args:
        database: where the run is.
        run: the run, which has no shards yet.
        count: the number of shards.
        artifact: what their workers need, in the model store.
        sha256: the SHA-256 of the artifact.
    """
    ends = [HASHES * number // count for number in range(count + 1)]
    same = {"run_id": run.run_id, "artifact": artifact, "sha256": sha256, "status": OPEN, "attempt": 0, "failures": 0}
    rows = [
        {**same, "shard": number, "first_hash": ends[number - 1], "last_hash": ends[number] - 1}
        for number in range(1, count + 1)
    ]
    with database.write() as connection:
        record(connection, run)
        connection.execute(sa.insert(run_shard), rows)


def shared_artifact(database: Database, run: Run) -> tuple[str, str] | None:
    """What the workers of a run need, in the model store, and its SHA-256; None if no shard is left to finish."""
    shard = run_shard.c
    unfinished = (shard.run_id == run.run_id) & shard.status.in_((OPEN, LEASED))
    rows = database.rows(sa.select(shard.artifact, shard.sha256).where(unfinished).limit(1))
    return (rows[0].artifact, rows[0].sha256) if rows else None


def shard_counts(database: Database, run_id: str) -> ShardCounts:
    """How far the shards of a run are."""
    shard = run_shard.c
    columns = (shard.status, shard.error, shard.leased_until)
    with database.read() as connection:
        now = clock(connection)
        rows = connection.execute(sa.select(*columns).where(shard.run_id == run_id).order_by(shard.shard)).all()
    statuses = [row.status for row in rows]
    errors = [row.error for row in rows if row.status == FAILED and row.error]
    number = {status: statuses.count(status) for status in (OPEN, LEASED, DONE, FAILED)}
    held = sum(row.status == LEASED and row.leased_until >= now for row in rows)
    return ShardCounts(**number, held=held, errors=errors)


def outcomes(database: Database, run_id: str) -> list[dict[str, Any]]:
    """What the workers of a run's shards counted, in the order of the shards."""
    shard = run_shard.c
    return database.column(sa.select(shard.outcome).where(shard.run_id == run_id).order_by(shard.shard))


def written_rows(database: Database, run_id: str) -> int:
    """The number of forecast rows that the finished shards of a run say to have written."""
    shard = run_shard.c
    return int(database.value(sa.select(sa.func.sum(shard.rows_written)).where(shard.run_id == run_id)) or 0)


def shared_runs(database: Database) -> list[Run]:
    """The runs under way that have shards to take, or that other workers hold; the newest last."""
    run, shard = forecast_run.c, run_shard.c
    unfinished = sa.exists().where(shard.run_id == run.run_id, shard.status.in_((OPEN, LEASED)))
    query = (
        sa.select(run.run_id, run.product, run.as_of, run.run_number)
        .where(run.status == "running", unfinished)
        .order_by(run.run_id)
    )
    return [Run(row.run_id, Product(row.product), row.as_of, row.run_number) for row in database.rows(query)]


def abandoned_runs(database: Database, run: Run) -> list[Run]:
    """The runs of the same product that were killed since the publication before this run's; the newest last."""
    other = forecast_run.c
    earlier = (other.product == run.product) & (other.run_id < run.run_id)
    published = sa.select(sa.func.max(other.run_id)).where(earlier, other.published_at.is_not(None))
    since = other.run_id > sa.func.coalesce(published.scalar_subquery(), "")
    query = sa.select(other.run_id, other.as_of).where(earlier, since, other.status == "abandoned")
    return [Run(row.run_id, run.product, row.as_of) for row in database.rows(query.order_by(other.run_id))]
