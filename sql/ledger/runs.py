"""The ledger of runs: append rows under a new run, then publish them in one short transaction."""

from __future__ import annotations

import datetime
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nightcast import __version__
from nightcast.errors import RunLostError
from nightcast.process import Process
from nightcast.rejections import Rejections, without_values
from nightcast.values import Product, new_id
from sql.connection.clock import clock
from sql.engine import Database
from sql.ledger import lock
from sql.ledger.model_versions import promote, remove_unpublished
from sql.sharing.completeness import complete
from sql.tables import forecast_run, rejected_row
from sql.tables.of_runs import is_of_run, is_of_runs, tables_of_runs

_ENDED = "The run was stopped before it had started."


@dataclass(frozen=True)
class Run:
    """One attempt at one product's forecast for one as-of; `run_number` counts those of a product that began."""

    run_id: str
    product: Product
    as_of: datetime.date
    run_number: int | None = None

    @property
    def version(self) -> str:
        """The name of the model version that this run would train."""
        return f"{self.product}-{self.as_of:%Y%m%d}-{self.run_id[-8:]}"


def begin(
    database: Database,
    product: Product,
    as_of: datetime.date,
    *,
    trigger: str,
    flow_run_id: str | None,
    settings: dict[str, Any],
    today: datetime.date | None = None,
) -> Run:
    """Take the product's lock and open a ledger row; mark dead runs as abandoned and remove their rows.

    Args:
        database: where the ledger is.
        product: what is forecast.
        as_of: the date to forecast from.
        trigger: what started the run.
        flow_run_id: Prefect's ID of the flow run.
        settings: the settings to record, without secrets.
        today: the day in the time zone of the settings; by default in UTC.

    Raises:
        LockHeldError: if a live run of the product holds the lock.
    """
    run_id, process, now = new_id(), Process.current(), _now()
    with database.write() as connection:
        lock.acquire(connection, product, run_id, process)
        _abandon_running(connection, product, now)
        run = Run(run_id, product, as_of, _next_number(connection, product))
        row = _new_row(run, process, now, trigger, flow_run_id) | {"begun_on": today or now.date()}
        running = {"status": "running", "heartbeat_at": clock(connection), "rows_written": 0, "rows_rejected": 0}
        connection.execute(sa.insert(forecast_run).values(**row, **running, settings=settings))
    try:
        _remove_leftovers(database, product)
    except BaseException as error:
        name = type(error).__name__
        why = f"The rows of dead runs could not be removed: {name}." if isinstance(error, Exception) else _ENDED
        with suppress(Exception):  # the database may still be away
            fail(database, run, why)
        raise
    return run


def skip(
    database: Database, product: Product, as_of: datetime.date, why: str, *, trigger: str, flow_run_id: str | None
) -> Run:
    """Record that a product's night was skipped, and why; needs no lock, since it writes nothing else."""
    run, now = Run(new_id(), product, as_of), _now()
    row = _new_row(run, Process.current(), now, trigger, flow_run_id)
    with database.write() as connection:
        connection.execute(sa.insert(forecast_run).values(**row, status="skipped", finished_at=now, decision=why))
    return run


def is_published(database: Database, product: Product, as_of: datetime.date) -> bool:
    """Whether a forecast of this as-of is published."""
    published = (forecast_run.c.product == product) & (forecast_run.c.as_of == as_of)
    query = sa.select(sa.exists().where(published, forecast_run.c.status == "published"))
    exists = database.value(query)
    return bool(exists)


def was_ever_published(database: Database, product: Product) -> bool:
    """Whether a forecast of this product was ever published."""
    run = forecast_run.c
    return bool(database.value(sa.select(sa.exists().where(run.product == product, run.published_at.is_not(None)))))


def _new_row(
    run: Run, process: Process, now: datetime.datetime, trigger: str, flow_run_id: str | None
) -> dict[str, Any]:
    return {
        **vars(run),
        "started_at": now,
        "begun_on": now.date(),
        "host": process.host,
        "pid": process.pid,
        "trigger": trigger,
        "flow_run_id": flow_run_id,
        "code_version": __version__,
    }


def record(connection: Connection, run: Run, **columns: Any) -> None:
    """Write columns of the run's ledger row, and check that the run is still running.

    Raises:
        RunLostError: if another run has declared this one abandoned.
    """
    statement = sa.update(forecast_run).where(forecast_run.c.run_id == run.run_id, forecast_run.c.status == "running")
    if connection.execute(statement.values(heartbeat_at=clock(connection), **columns)).rowcount != 1:
        raise RunLostError(
            f"Run {run.run_id} was declared abandoned while it ran, so it may no longer write.",
            "Look at the newest run with `nightcast show runs`; this machine may have slept or lost its connection.",
        )


def clear(connection: Connection, run: Run) -> None:
    """Remove the rows that the run has written, before writing them again."""
    for table in tables_of_runs(run.product):
        connection.execute(sa.delete(table).where(is_of_run(table, run.run_id)))
    record(connection, run, rows_written=0)


def publish(database: Database, run: Run, promoted: str | None, columns: dict[str, Any]) -> None:
    """Publish the run: show its rows, supersede the older run of the as-of, promote the new champion.

    May be repeated: a publication whose confirmation was lost is recognised.

    Args:
        database: where the rows have been appended.
        run: the run to publish.
        promoted: the model version to promote, None if no new one serves.
        columns: further columns of the ledger row.
    """
    now = _now()
    with database.write() as connection:
        row = sa.select(forecast_run.c.status).where(forecast_run.c.run_id == run.run_id)
        if connection.execute(row).scalar_one_or_none() == "published":
            return
        record(connection, run, **columns)
        complete(connection, run.run_id)
        _supersede_older(connection, run)
        if promoted is not None:
            promote(connection, run.product, promoted, now.date())
        published = {"status": "published", "published_at": now, "finished_at": now}
        connection.execute(sa.update(forecast_run).where(forecast_run.c.run_id == run.run_id).values(**published))
        lock.release(connection, run.run_id)


def amend(database: Database, run: Run, **columns: Any) -> None:
    """Change columns of the run's ledger row after it was published."""
    with database.write() as connection:
        connection.execute(sa.update(forecast_run).where(forecast_run.c.run_id == run.run_id).values(**columns))


def fail(database: Database, run: Run, error: str, **columns: Any) -> None:
    """Close the run as failed, remove its rows and release the lock; does nothing to a run that is not running."""
    with database.write() as connection:
        running = (forecast_run.c.run_id == run.run_id) & (forecast_run.c.status == "running")
        values = {"status": "failed", "finished_at": _now(), "error": error, **columns}
        if connection.execute(sa.update(forecast_run).where(running).values(**values)).rowcount == 1:
            for table in tables_of_runs(run.product):
                connection.execute(sa.delete(table).where(is_of_run(table, run.run_id)))
        lock.release(connection, run.run_id)


def record_rejections(
    connection: Connection, rejections: Rejections, *, run_id: str | None = None, load_id: str | None = None
) -> None:
    """Write the rejected rows of a run or a load, in place of those written before."""
    mine = rejected_row.c.run_id == run_id if run_id else rejected_row.c.load_id == load_id
    connection.execute(sa.delete(rejected_row).where(mine))
    key = {"run_id": run_id, "load_id": load_id}
    rows = [
        {**key, **vars(rejection), "rejection_id": new_id(), "example": without_values(rejection.example)}
        for rejection in rejections
    ]
    if rows:
        connection.execute(sa.insert(rejected_row), rows)


def _next_number(connection: Connection, product: Product) -> int:
    """The number of a product's next run; whoever asks holds its lock."""
    greatest = sa.select(sa.func.max(forecast_run.c.run_number)).where(forecast_run.c.product == product)
    return int(connection.execute(greatest).scalar_one() or 0) + 1


def _abandon_running(connection: Connection, product: Product, now: datetime.datetime) -> None:
    # The holder of the lock is the only run of the product: any other running one was killed or crashed.
    others = (forecast_run.c.product == product) & (forecast_run.c.status == "running")
    values = {
        "status": "abandoned",
        "finished_at": now,
        "error": "The process was killed or crashed before it could close the run.",
    }
    connection.execute(sa.update(forecast_run).where(others).values(**values))


def _remove_leftovers(database: Database, product: Product) -> None:
    """Remove the rows of abandoned and failed runs; the rejected rows of failed runs are kept."""
    run = forecast_run.c
    ended = sa.select(run.run_id, run.as_of).where(run.product == product, run.status.in_(("abandoned", "failed")))
    for table in tables_of_runs(product):
        with database.write() as connection:
            connection.execute(sa.delete(table).where(is_of_runs(table, ended)))
    with database.write() as connection:
        dead = ended.with_only_columns(run.run_id).where(run.status == "abandoned")
        connection.execute(sa.delete(rejected_row).where(rejected_row.c.run_id.in_(dead)))
        versions = {Run(row.run_id, product, row.as_of).version for row in connection.execute(ended)}
        remove_unpublished(connection, product, versions)


def _supersede_older(connection: Connection, run: Run) -> None:
    older = sa.and_(
        forecast_run.c.product == run.product, forecast_run.c.as_of == run.as_of, forecast_run.c.status == "published"
    )
    connection.execute(sa.update(forecast_run).where(older).values(status="superseded"))


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
