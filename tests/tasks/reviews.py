"""Nights with published forecasts of models that cost nothing, to be reviewed."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from models.sales.recipes.model import Forecast
from models.sales.settings import SalesSettings
from models.visit_counts.settings import VisitCountSettings
from nightcast.values import Bins, Product
from sql.engine import Database
from sql.tables import forecast_run, forecast_score, next_visit_stored
from tasks.night import Night, Prepared
from tasks.products import PRODUCTS
from tasks.review import review
from tests.stored_visits import by_bin
from tests.tasks.nights import AS_OF, baseline_of, choice_of, night_of, prepared_of, publish_forecast

HORIZON = 14
"""Of both products here."""

FIRST_DUE = 7 + 3
"""Days after which the first part of a forecast is reviewed: three more for late rows."""

DUE = HORIZON + 3
"""Days after which a forecast is reviewed as a whole."""

SALES = SalesSettings(horizon=HORIZON)
COUNTS = VisitCountSettings(horizon=HORIZON)


def later(days: int) -> datetime.date:
    """The day that many days after the first as-of."""
    return AS_OF + datetime.timedelta(days=days)


@dataclass(frozen=True)
class Guesser:
    """Gives every customer other probabilities, the same every time."""

    bins: Bins
    recipe: str = "guesser"

    def probabilities(self, known: Any) -> NDArray[np.float64]:
        return np.random.default_rng(1).dirichlet(np.ones(self.bins.count), known.customers)


@dataclass(frozen=True)
class Doubler:
    """Forecasts each series' last value, from half of it to its double."""

    horizon: int
    frequency: str
    recipe: str = "doubler"

    def forecast(self, panel: Any) -> Forecast:
        last = np.repeat(panel.values[:, -1:], self.horizon, axis=1)
        quantiles = last[:, :, None] * np.linspace(0.5, 2.0, 11)
        return Forecast(np.ones(panel.series_count, bool), last * 1.25, quantiles)


@dataclass(frozen=True)
class PreparedNight:
    """A night, and what is known in it."""

    night: Night
    prepared: Prepared[Any]

    @property
    def run_id(self) -> str:
        """Its run."""
        assert self.night.run is not None
        return self.night.run.run_id

    def review(self) -> int:
        """Review earlier forecasts; how many."""
        return review(self.night, PRODUCTS[self.night.product], self.prepared)


def prepared(database: Database, product: Product, as_of: datetime.date, **options: Any) -> PreparedNight:
    """A night that is about to forecast, at noon of the as-of."""
    clock = datetime.datetime.combine(as_of, datetime.time(12), datetime.UTC)
    given: dict[str, Any] = {"sales_settings": SALES, "visit_counts": COUNTS, "is_dry": False, **options}
    night = night_of(database, product, as_of=as_of, clock=clock, **given)
    return PreparedNight(night, prepared_of(night))


def published(database: Database, product: Product, as_of: datetime.date = AS_OF, **options: Any) -> PreparedNight:
    """A night whose forecast is published, by a model that is none of ours."""
    tonight = prepared(database, product, as_of, **options)
    if product == Product.NEXT_VISIT:
        model: Any = Guesser(tonight.night.sections.next_visit.bins)
    else:
        panel = tonight.prepared.known.panel
        model = Doubler(panel.lengths.horizon, panel.calendar.frequency)
    publish_forecast(tonight.night, tonight.prepared, choice_of(model))
    began_at(database, tonight.run_id, tonight.night.question.clock)
    return tonight


def began_at(database: Database, run_id: str, moment: datetime.datetime) -> None:
    """Let a run have begun at this moment, not at that of the test."""
    execute(database, sa.update(forecast_run).where(forecast_run.c.run_id == run_id).values(started_at=moment))


def scores(database: Database, reviewed: PreparedNight, part: str = "all") -> dict[str, Any]:
    """The scores of a part of a night's run: value and baseline value by metric."""
    table = forecast_score.c
    query = sa.select(table.metric, table.value, table.baseline_value)
    query = query.where(table.run_id == reviewed.run_id, table.part == part)
    with database.read() as connection:
        return {row.metric: (row.value, row.baseline_value) for row in connection.execute(query)}


def reviewed_parts(database: Database, reviewed: PreparedNight) -> dict[str, datetime.date]:
    """The parts of a night's run that have been reviewed, and through which day."""
    table = forecast_score.c
    query = sa.select(table.part, table.scored_through).where(table.run_id == reviewed.run_id)
    with database.read() as connection:
        return {row.part: row.scored_through for row in connection.execute(query.order_by(table.scored_through))}


def execute(database: Database, statement: Any) -> None:
    """Execute a statement."""
    with database.write() as connection:
        connection.execute(statement)


def visits(customers: int = 12, through: int = 60, seed: int = 3) -> list[tuple[str, str, None]]:
    """Visits from half a year before the as-of on, some customers often and some seldom."""
    generator = np.random.default_rng(seed)
    return [
        (f"{customer:03}", str(later(day)), None)
        for customer in range(customers)
        for day in range(-180, through)
        if generator.random() < 0.02 + customer / 100
    ]


def sales(series: int = 5, through: int = 60, seed: int = 4) -> list[tuple[str, str, str]]:
    """Daily sales from ten weeks before the as-of on."""
    generator = np.random.default_rng(seed)
    return [
        (f"s{number}", str(later(day)), str(10 * number + 1 + generator.integers(0, 9)))
        for number in range(series)
        for day in range(-70, through)
    ]


def of_baseline(tonight: PreparedNight, table: sa.Table, *columns: str) -> dict[tuple[Any, Any], float]:
    """What the baseline would have forecast that night: a column by two others."""
    batches = PRODUCTS[tonight.night.product].batches(
        tonight.night, tonight.prepared, baseline_of(tonight.night, tonight.prepared)
    )
    stored = [row for batch in batches for into, rows in batch.rows if into is table for row in rows.to_pylist()]
    if table is next_visit_stored:
        return {key: chance for row in stored for key, chance in by_bin(row).items()}
    return {(row[columns[0]], row[columns[1]]): row[columns[2]] for row in stored}
