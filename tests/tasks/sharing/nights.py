"""Shared nights to test with: a small shop, the night that shares its work, and the workers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from nightcast.values import Product
from sql.engine import Database
from sql.ledger.runs import Run
from sql.sharing.shards import create_shards
from sql.tables import next_visit_day, next_visit_stored, visit_bin
from tasks.next_visit.forecasting import Forecaster
from tasks.next_visit.steps import NextVisitSteps, holidays_country
from tasks.night import Choice, Night, Prepared
from tasks.prepare import prepare
from tasks.read import read
from tasks.sharing.coordinator import NoWorkers, Workers, learned_part, share_forecast
from tasks.sharing.shared_night import save_shared_night
from tasks.sharing.worker import Worker
from tests.tasks.forecasts import day
from tests.tasks.nights import baseline_of, night_of

VISITS: list[tuple[str | None, str, str | None]] = [
    (f"C{number}", day(back + number % 5), str(number % 7) if number % 3 else None)
    for number in range(60)
    for back in (1, 9, 20 + number, 200)
]
VISITS += [(str(number), day(number), "2.5") for number in range(1, 20)]
VISITS += [(None, day(3), "1"), ("bad", "no date", "1"), ("C1", day(-400), "1"), ("Zoë", day(2), "x")]


@dataclass(frozen=True)
class SharedTest:
    """A night that shares its work, up to the forecast."""

    night: Night
    prepared: Prepared[Any]
    choice: Choice[Any]
    rows: int

    @property
    def run(self) -> Run:
        assert self.night.run is not None
        return self.night.run

    def worker(self) -> Worker:
        return Worker(self.night.database, self.night.sections, "UTC", threads=1)

    def share_out(self, shards: int = 3) -> None:
        """Create the shards, and leave them to workers."""
        forecaster = Forecaster.of(self.choice.model, self.prepared.known, holidays_country(self.night))
        create_shards(self.night.database, self.run, shards, *save_shared_night(self.night, forecaster))

    def forecast(
        self, shards: int = 3, workers: Workers | None = None, pause: Callable[[float], None] | None = None
    ) -> int:
        """Share the forecast, and wait for it."""
        options = {} if pause is None else {"pause": pause}
        return share_forecast(
            self.night, self.prepared, self.choice, self.rows, workers or NoWorkers(), shards, **options
        )


def shared(database: Database, store: Path, **options: Any) -> SharedTest:
    """A night with a run that shares its work."""
    night = night_of(database, Product.NEXT_VISIT, store=store, is_dry=False, **options)
    product = NextVisitSteps()
    part, rows = learned_part(night, product.check(database, night.sections.source))
    prepared = prepare(night, product, replace(read(night, product, part), is_part=True))
    return SharedTest(night, prepared, baseline_of(night, prepared), rows)


def forecasts(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the tables of next visits, without what tells runs apart."""
    with database.read() as connection:
        return {
            table.name: sorted(
                tuple(row) for row in connection.execute(sa.select(*(c for c in table.c if "run_" not in c.name)))
            )
            for table in (visit_bin, next_visit_day)
        } | {
            "customers": [
                tuple(row)
                for row in connection.execute(
                    sa.select(*(c for c in next_visit_stored.c if c.name != "run_number")).order_by("customer_id")
                )
            ]
        }
