"""Pruning: rows of old runs, and artifacts of model versions that nothing refers to.

Ledger rows, evaluations, scores but those of single series, and changes are kept for ever: they are small, and they are
the history.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nightcast.values import WHOLE, Product
from sql.engine import Database
from sql.tables import FORECAST_TABLES, forecast_run, forecast_score, kept_visits, model_version, visit_bin
from sql.tables.of_runs import is_of_ledger_row, is_of_run, tables_of_runs

BATCH_ROWS = 50_000
"""Rows removed in one transaction, which takes about a second."""

KEPT_RUNS = 35

KEPT_DAYS = 35
"""How long nights keep what they have published, backfills of long ago included."""

KEPT_VERSIONS = 5
"""Versions of each product that are kept, the newest that served: `nightcast models rollback` can return to them."""

REVIEWED_WITHIN = datetime.timedelta(days=90)
"""How long after its horizon and its publication a run is kept for its review.

Nights may not have run for weeks, so that this is far longer than they wait for late data.
"""

PREMATURE = "as-of after the clock"
"""Why a run is removed that no view shows, since its as-of had not come when it was made."""

YOUNG = datetime.timedelta(days=1)
"""Younger versions may belong to a night that is under way."""


@dataclass(frozen=True)
class Keep:
    """Which published runs to keep, besides those that are always kept: the last `runs`, and those of `days` days."""

    runs: int | None = KEPT_RUNS
    days: int | None = None


@dataclass(frozen=True)
class StoredRun:
    """A run that has rows.

    Attributes:
        reason: why its rows may be removed; empty if they are kept.
    """

    run_id: str
    product: Product
    as_of: datetime.date
    status: str
    published_at: datetime.datetime | None
    model_version: str | None
    reason: str = ""


@dataclass(frozen=True)
class StoredVersion:
    """A model version that has an artifact."""

    model_version: str
    product: Product
    status: str
    as_of: datetime.date
    trained_at: datetime.datetime
    artifact: str


def judge_runs(database: Database, keep: Keep, now: datetime.datetime) -> list[StoredRun]:
    """Every run that has rows and is not under way, with the reason why they may be removed, if there is one.

    The run that the views show, and runs that await their review, are always kept.
    """
    with database.read() as connection:
        return [run for product in Product for run in _judged(connection, product, keep, now)]


def count_rows(database: Database, run: StoredRun) -> int:
    """The number of rows of a run."""
    with database.read() as connection:
        counts = (
            sa.select(sa.func.count()).select_from(table).where(is_of_run(table, run.run_id))
            for table in tables_of_runs(run.product)
        )
        return sum(connection.execute(count).scalar_one() for count in counts)


def remove_rows(database: Database, run: StoredRun, batch_rows: int = BATCH_ROWS) -> Iterator[int]:
    """Remove a run's rows in batches, each in its own transaction; yields the number of rows of each batch."""
    for table in tables_of_runs(run.product):
        yield from remove_from(database, table, run.run_id, batch_rows)


def remove_from(database: Database, table: sa.Table, run_id: str, batch_rows: int = BATCH_ROWS) -> Iterator[int]:
    """Remove a run's rows of a table, each batch in its own transaction; yields the number of rows of each."""
    while True:
        with database.write() as connection:
            removed = _remove_batch(connection, table, run_id, batch_rows)
        if not removed:
            return
        yield removed


def removable_versions(database: Database, runs: list[StoredRun], now: datetime.datetime) -> list[StoredVersion]:
    """Versions whose artifact may be removed: not serving, not needed for a rollback, and of no run that is kept.

    Args:
        database: where the versions are.
        runs: all runs with rows, from `judge_runs`.
        now: the clock, aware.
    """
    used = {run.model_version for run in runs if not run.reason}
    table = model_version.c
    query = (
        sa.select(*(table[name] for name in StoredVersion.__dataclass_fields__))
        .where(table.artifact.is_not(None))
        .order_by(table.as_of.desc(), table.trained_at.desc())
    )
    with database.read() as connection:
        versions = [StoredVersion(**row) for row in connection.execute(query).mappings()]
    for product in Product:
        served = [one for one in versions if one.product == product and one.status in ("champion", "retired")]
        used |= {one.model_version for one in served[:KEPT_VERSIONS]}
    return [
        one
        for one in versions
        if one.model_version not in used and one.status != "champion" and now - one.trained_at > YOUNG
    ]


def release_artifact(database: Database, version: str) -> bool:
    """Record that a version's artifact is gone; False if the version has become champion in between."""
    table = model_version.c
    still = (table.model_version == version) & (table.status != "champion")
    with database.write() as connection:
        statement = sa.update(model_version).where(still).values(artifact=None, sha256=None)
        return connection.execute(statement).rowcount == 1


def known_artifacts(database: Database) -> set[str]:
    """The artifacts that model versions refer to, or that hold kept visits."""
    versions = sa.select(model_version.c.artifact).where(model_version.c.artifact.is_not(None))
    return {*database.column(versions), *database.column(sa.select(kept_visits.c.artifact))}


def was_made_here(database: Database, product: str, as_of: datetime.date, run_id_end: str) -> bool:
    """Whether the ledger has a run of this product and as-of whose ID has this end."""
    run = forecast_run.c
    query = sa.select(run.run_id).where(run.product == product, run.as_of == as_of)
    return any(run_id.endswith(run_id_end) for run_id in database.column(query))


def _judged(connection: Connection, product: Product, keep: Keep, now: datetime.datetime) -> Iterator[StoredRun]:
    names = [name for name in StoredRun.__dataclass_fields__ if name != "reason"]
    run = forecast_run.c
    query = (
        sa.select(
            *(run[name] for name in names),
            _has_rows(product).label("has_rows"),
            (run.as_of > run.begun_on).label("is_premature"),
        )
        .where(run.product == product, run.status.not_in(("running", "skipped")))
        .order_by(run.as_of.desc(), run.published_at.desc(), run.run_id.desc())
    )
    position = 0
    for row in connection.execute(query).mappings().all():
        stored = StoredRun(**{name: row[name] for name in names} | {"product": product})
        is_published = stored.status == "published" and not row["is_premature"]
        if row["has_rows"]:
            if is_published:
                reason = _reason(connection, stored, position, keep, now)
            else:
                reason = PREMATURE if row["is_premature"] else stored.status
            yield replace(stored, reason=reason)
        position += is_published


def _has_rows(product: Product) -> sa.ColumnElement[bool]:
    return sa.or_(*(sa.exists().where(is_of_ledger_row(table)) for table in tables_of_runs(product)))


def _reason(connection: Connection, run: StoredRun, position: int, keep: Keep, now: datetime.datetime) -> str:
    """Why a published run may be removed; empty if it is kept. The views show the run at position 0."""
    published_at = run.published_at or now
    is_among_last = keep.runs is not None and position < keep.runs
    is_young = keep.days is not None and now - published_at <= datetime.timedelta(days=keep.days)
    if position == 0 or is_among_last or is_young or _awaits_review(connection, run, published_at, now):
        return ""
    rules = [f"the last {keep.runs}"] if keep.runs is not None else []
    rules += [f"{keep.days} days"] if keep.days is not None else []
    return f"beyond {' and '.join(rules)}"


def _awaits_review(
    connection: Connection, run: StoredRun, published_at: datetime.datetime, now: datetime.datetime
) -> bool:
    score = forecast_score.c
    reviewed = sa.select(sa.exists().where(score.run_id == run.run_id, score.part == WHOLE))
    if connection.execute(reviewed).scalar_one():
        return False
    ends_on = _horizon_end(connection, run)
    return ends_on is not None and now.date() <= max(ends_on, published_at.date()) + REVIEWED_WITHIN


def _horizon_end(connection: Connection, run: StoredRun) -> datetime.date | None:
    """The last day that a run forecasts, or a little later; None if a part of its rows has been removed."""
    if run.product == Product.NEXT_VISIT:
        query = sa.select(sa.func.max(visit_bin.c.to_date)).where(visit_bin.c.run_id == run.run_id)
        return connection.execute(query).scalar_one_or_none()
    table = FORECAST_TABLES[run.product][0].c
    # One series is enough: all series of a run have the same periods.
    first = sa.select(sa.func.min(table.series_id)).where(table.run_id == run.run_id)
    periods = sa.select(table.period).where(table.run_id == run.run_id, table.series_id == first.scalar_subquery())
    newest = connection.execute(periods.order_by(table.period.desc()).limit(2)).scalars().all()
    if not newest:
        return None
    # A month or a year may be labelled with its first day: it ends where the next one would begin.
    length = newest[0] - newest[1] if len(newest) > 1 else datetime.timedelta(days=366)
    last: datetime.date = newest[0]
    return last + length


def _remove_batch(connection: Connection, table: sa.Table, run_id: str, rows: int) -> int:
    """Remove a run's first rows in the order of the primary key; all rows of a subject in one batch."""
    subject: sa.Column[Any] = list(table.primary_key.columns)[1]
    mine = is_of_run(table, run_id)
    last = sa.select(subject).where(mine).order_by(subject).offset(rows - 1).limit(1)
    boundary = connection.execute(last).scalar_one_or_none()
    chosen = mine if boundary is None else mine & (subject <= boundary)
    return int(connection.execute(sa.delete(table).where(chosen)).rowcount)
