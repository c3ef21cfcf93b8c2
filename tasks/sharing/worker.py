"""A worker: takes shards of a run, forecasts their customers, and writes their rows."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa

from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.visits import VisitHistory
from nightcast.errors import InputError, NightcastError, RunLostError, SettingsError, UnavailableError, first_line
from nightcast.values import to_day
from sql.engine import Database
from sql.ledger.runs import Run
from sql.sharing.leases import Renewal, finish, give_back, lease, let_go, put_down, renew
from sql.sharing.shards import Shard, shared_artifact
from sql.source.parts import part_of_source
from sql.tables import next_visit_stored
from sql.writing import append, nulls_for_nan
from tasks.next_visit.reading import most_frequent, new_bookings, next_bookings
from tasks.next_visit.steps import NextVisitSteps
from tasks.night import Night, Question, Sections, SourceRows
from tasks.product import LocatedSource
from tasks.sharing.shared_night import SharedNight

logger = logging.getLogger("nightcast")


class Worker:
    """Takes shards of runs, one at a time.

    Args:
        database: where the runs are.
        sections: this worker's settings, which have to be those of the night.
        timezone: the time zone of calendar days.
        threads: how many threads forecast; None: one for each core.
        tries_again: whether it takes shards in which it has failed before: the cause may lie in the shard or here.
    """

    def __init__(
        self,
        database: Database,
        sections: Sections,
        timezone: str,
        threads: int | None = None,
        *,
        tries_again: bool = False,
    ) -> None:
        self._database, self._sections, self._timezone = database, sections, timezone
        self._threads, self._tries_again = threads, tries_again
        self._product = NextVisitSteps()
        self._opened: dict[str, SharedNight] = {}
        self._failed: set[int] = set()

    def take_shard(self, run: Run) -> bool:
        """Take a free shard of a run and finish it; False where there is none.

        An error of the shard itself is written down for the night that shares the work, and is no error here.

        Raises:
            InputError: if what the night has left in the model store is not there, as this worker sees it.
            SettingsError: if this worker's settings are not those of the night.
            UnavailableError: if the database or the store cannot be reached.
        """
        shared = self._shared_night(run)  # before the lease: a worker that cannot serve costs no attempt
        shard = None if shared is None else lease(self._database, run, self._failed)
        if shared is None or shard is None:
            return False
        logger.info("shard %s of run %s begins", shard.shard, run.run_id)
        try:
            self._finish(shard, shared)
        except RunLostError as error:
            logger.warning("%s", error.reason)
        except (UnavailableError, SettingsError):
            self._leave(shard)
            raise
        except Exception as error:
            logger.debug("A shard failed.", exc_info=error)
            logger.error("shard %s of run %s failed: %s", shard.shard, run.run_id, first_line(error))
            if not self._tries_again:
                self._failed.add(shard.shard)
            give_back(self._database, shard, _described(error))
        except BaseException:
            self._leave(shard)
            raise
        finally:
            let_go(shard)
        return True

    def _leave(self, shard: Shard) -> None:
        with suppress(Exception):  # the database may be away; then the lease runs out
            put_down(self._database, shard)

    def _finish(self, shard: Shard, shared: SharedNight) -> None:
        night = self._night(shard, shared)
        with Renewal(self._database, shard):
            rows = self._product.read(night, self._located(night, shard))
            stored, by_day = self._forecast(night, rows, shared)
        renew(self._database, shard)
        written = sum(part.num_rows for part in stored)
        with self._database.write() as connection:
            finish(connection, shard, written, _outcome(night, rows, by_day))
            for part in stored:
                append(connection, next_visit_stored, nulls_for_nan(part))
        logger.info("shard %s of run %s is done: %s customers", shard.shard, shard.run.run_id, f"{written:,}")

    def _shared_night(self, run: Run) -> SharedNight | None:
        """What all shards of a run share; None if no shard is left to finish."""
        if run.run_id not in self._opened:
            artifact = shared_artifact(self._database, run)
            if artifact is None:
                return None
            try:
                shared = SharedNight.open(artifact, self._sections, self._timezone)
            except InputError as error:
                if shared_artifact(self._database, run) is None:  # the night has ended, and has removed it
                    return None
                remedy = "The [model] store of all machines has to be the same one, within reach of all."
                raise InputError(error.reason, remedy) from error
            self._opened, self._failed = {run.run_id: shared}, set()
        return self._opened[run.run_id]

    def _night(self, shard: Shard, shared: SharedNight) -> Night:
        run = shard.run
        question = Question(run.product, run.as_of, shared.clock, self._timezone, "never", False)
        return Night(question, self._sections, self._database, run)

    def _located(self, night: Night, shard: Shard) -> LocatedSource:
        """The rows of the shard's customers."""
        located = self._product.check(night.database, night.sections.source)
        customer = night.sections.source.visits.columns.customer_id
        part = part_of_source(night.database, located.source, customer, shard.first_hash, shard.last_hash)
        return LocatedSource(part, located.columns)

    def _forecast(self, night: Night, rows: SourceRows, shared: SharedNight) -> tuple[Sequence[pa.Table], Any]:
        """The rows to store, and the customers whose next visit is expected on each day."""
        history = VisitHistory.from_rows(rows.code, rows.day, rows.value, len(rows.ids))
        known, booked = CustomerBase(history, to_day(night.question.as_of)), next_bookings(rows.bookings, rows.ids)
        parts = list(shared.forecaster.rows(night, rows.ids, known, booked, self._threads))
        by_day = np.zeros(shared.forecaster.model.bins.horizon) + sum(part.by_day for part in parts)
        return [part.stored for part in parts], by_day


def _outcome(night: Night, rows: SourceRows, by_day: Any) -> dict[str, Any]:
    """What the night that shares the work adds up."""
    return {
        "rows_read": rows.rows_read,
        "subjects": len(rows.ids),
        "data_through": int(rows.day.max(initial=-1)),
        "by_day": by_day.tolist(),
        "rejections": [asdict(rejection) for rejection in night.rejections],
        "notes": list(night.notes),
        "most_frequent": asdict(most_frequent(rows)) if len(rows.day) else None,
        "new_bookings": new_bookings(rows),
    }


def _described(error: Exception) -> str:
    return str(error) if isinstance(error, NightcastError) else f"{type(error).__name__}: {first_line(error)}"
