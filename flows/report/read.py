"""Everything that the report shows, read at once by several connections."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from nightcast.values import Product
from sql.engine import Database
from sql.report import customers, hindsight, nights, series
from sql.report.hindsight import Rows
from sql.report.nights import NewestRun, ShownRun

CONNECTIONS = 4
MOST_CUSTOMERS = 15
MOST_GROUPS = 40
MOST_SERIES = 252
MOST_CHANGED = 10
MODELS = 3
PERIODS_BACK = 28
"""Periods before the as-of that charts show of what came."""

METRICS = {
    Product.NEXT_VISIT: ("log_loss", "realised_returners", "predicted_returners"),
    Product.SALES: ("wape", "coverage_80"),
    Product.VISIT_COUNTS: ("wape", "coverage_80"),
}
"""The metrics of reviews and evaluations that the report shows."""


@dataclass
class OfCustomers:
    """The customers of the run that readers see; see `sql.report.customers`."""

    first_bin: customers.FirstBin
    days: Rows
    due: Rows
    overdue: Rows
    lapsing: Rows
    states: dict[str, int]

    @property
    def lapsing_amount(self) -> float | None:
        """What all who are lapsing spent in the last year, as far as it is known."""
        return self.lapsing[0].amount_of_all if self.lapsing else None


@dataclass
class OfSeries:
    """The series of the run that readers see; see `sql.report.series`."""

    totals: Rows
    groups: Rows
    largest: Rows
    steps: Rows
    came: Rows
    came_in_total: Rows
    changed: Rows
    statuses: dict[str, int]


@dataclass
class Findings:
    """What was read.

    Attributes:
        shown: the runs that readers see.
        newest: the newest runs.
        trust: how far each product can be trusted.
        customers: of next visits, where they are published.
        series: of sales and of visits per day, where they are published.
        changes: how the totals differ from those of the night before, by product and measure.
        scores: reviews by product.
        calibration: of next visits.
        models: the newest versions of each product.
        evaluated: the evaluations of the versions that serve.
    """

    shown: dict[Product, ShownRun]
    newest: dict[Product, NewestRun]
    trust: dict[Product, Any]
    customers: OfCustomers | None = None
    series: dict[Product, OfSeries] = field(default_factory=dict)
    changes: dict[Product, dict[str, Any]] = field(default_factory=dict)
    scores: dict[Product, Rows] = field(default_factory=dict)
    calibration: Rows = ()
    models: Rows = ()
    evaluated: dict[Product, Rows] = field(default_factory=dict)

    @property
    def as_of(self) -> date | None:
        """The newest as-of that readers see; None before the first night."""
        return max((run.as_of for run in self.shown.values()), default=None)


def read(database: Database) -> Findings:
    """Read what the report shows, of the published run of each product that readers see now."""
    shown = nights.shown_runs(database)
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        reading = _Reading(database, pool)
        of_customers = reading.customers(shown[Product.NEXT_VISIT]) if Product.NEXT_VISIT in shown else {}
        of_series = {product: reading.series(run) for product, run in shown.items() if product in series.TABLES}
        changes = {product: pool.submit(hindsight.changes, database, run) for product, run in shown.items()}
        scores = {product: pool.submit(hindsight.scores, database, product, METRICS[product]) for product in shown}
        evaluated = {
            product: pool.submit(hindsight.evaluated, database, run.model_version, METRICS[product])
            for product, run in shown.items()
            if run.model_version
        }
        calibration = pool.submit(hindsight.calibration, database)
        models = pool.submit(hindsight.models, database, MODELS)
        findings = Findings(shown, nights.newest_runs(database), hindsight.trust(database))
        findings.customers = OfCustomers(**_results(of_customers)) if of_customers else None
        findings.changes, findings.scores = _results(changes), _results(scores)
        findings.evaluated = _results(evaluated)
        findings.calibration, findings.models = calibration.result(), models.result()
        findings.series = {
            product: OfSeries(**_results(begun), **reading.of_largest(shown[product], begun, findings))
            for product, begun in of_series.items()
        }
    return findings


class _Reading:
    """Begins to read, each query on a connection of its own."""

    def __init__(self, database: Database, pool: ThreadPoolExecutor) -> None:
        self._database, self._pool = database, pool

    def _begin(self, query: Callable[..., Any], *arguments: Any) -> Future[Any]:
        return self._pool.submit(query, self._database, *arguments)

    def customers(self, run: ShownRun) -> dict[str, Future[Any]]:
        """Begin to read customers, what takes longest first."""
        return {
            "states": self._begin(customers.states, run),
            "lapsing": self._begin(customers.lapsing, run, MOST_CUSTOMERS),
            "first_bin": self._begin(customers.first_bin, run),
            "days": self._begin(customers.expected_days, run),
            "due": self._begin(customers.due, run, MOST_CUSTOMERS),
            "overdue": self._begin(customers.overdue, run, MOST_CUSTOMERS),
        }

    def series(self, run: ShownRun) -> dict[str, Future[Any]]:
        """Begin to read what does not depend on which series are the largest."""
        return {
            "largest": self._begin(series.largest, run, MOST_SERIES),
            "totals": self._begin(series.totals, run),
            "groups": self._begin(series.groups, run, MOST_GROUPS),
            "statuses": self._begin(series.statuses, run),
        }

    def of_largest(self, run: ShownRun, begun: dict[str, Future[Any]], findings: Findings) -> dict[str, Any]:
        """What is shown of single series: the largest, and those that changed most since the run before."""
        change = findings.changes[run.product].get("total")
        changed = (
            series.changed(self._database, run, change.previous_run_id, MOST_CHANGED)
            if change is not None and run.product is Product.SALES
            else []
        )
        names = [row.series_id for row in begun["largest"].result()]
        steps = self._begin(series.steps, run, names)
        since = run.as_of - PERIODS_BACK * _period(begun["totals"].result())
        in_total = self._begin(series.came_in_total, run, since)
        return {
            "changed": changed,
            "came": series.came(self._database, run, names, since),
            "came_in_total": in_total.result(),
            "steps": steps.result(),
        }


def _period(totals: Rows) -> timedelta:
    """The length of a period, or about as much where months differ; a day where there is only one."""
    days = sorted(row.from_period for row in totals if row.span == "period")
    return max((days[-1] - days[0]) / (len(days) - 1), timedelta(1)) if len(days) > 1 else timedelta(1)


def _results(begun: dict[Any, Future[Any]]) -> dict[Any, Any]:
    return {name: future.result() for name, future in begun.items()}
