"""Customers of a run: who is due, who is overdue, who is lapsing, and how many there are of each state."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sql.engine import Database
from sql.report.nights import ShownRun
from sql.tables import next_visit_day, next_visit_stored, visit_bin

STATES = ("new", "regular", "due", "overdue", "lapsing", "lost")
"""The states of customers, in the order of their numbers from 1."""

LIKELIEST = 2_000
"""The overdue customers are looked for among this many, the likeliest to come in the first bin."""

Rows = Sequence[sa.Row[Any]]


@dataclass(frozen=True)
class FirstBin:
    """The first bin of a run: its dates, and the customers who are expected to come in it."""

    label: str
    from_date: datetime.date
    to_date: datetime.date
    expected: float


def first_bin(database: Database, run: ShownRun) -> FirstBin:
    """The first bin of a run."""
    one, day = visit_bin.c, next_visit_day.c
    of_bin = (day.run_id == run.run_id) & (day.date <= one.to_date)
    expected = sa.select(sa.func.sum(day.customers)).where(of_bin).scalar_subquery()
    query = sa.select(one.label, one.from_date, one.to_date, expected).where(one.run_id == run.run_id, one.bin == 1)
    [row] = database.rows(query)
    return FirstBin(row.label, row.from_date, row.to_date, float(row[3] or 0.0))


def expected_days(database: Database, run: ShownRun) -> Rows:
    """The `date` and the expected `customers` of each day of the horizon."""
    day = next_visit_day.c
    return database.rows(sa.select(day.date, day.customers).where(day.run_id == run.run_id).order_by(day.day))


_row = next_visit_stored.c
_OVERDUE = (_row.elapsed_days - _row.usual_interval_days).label("overdue_days")
_COLUMNS = (
    _row.customer_id,
    _row.probability_1.label("probability"),
    _row.last_visit_on,
    _row.usual_interval_days,
    sa.case((_row.elapsed_days > _row.usual_interval_days, _OVERDUE)).label("overdue_days"),
    _row.date_50,
    _row.amount_year,
    _row.state_number,
)


def due(database: Database, run: ShownRun, limit: int) -> Rows:
    """The customers who are likeliest to come in the first bin."""
    return database.rows(_likeliest(run).limit(limit))


def overdue(database: Database, run: ShownRun, limit: int) -> Rows:
    """The customers of the state overdue, the likeliest to come in the first bin first."""
    likely = _likeliest(run).limit(LIKELIEST).subquery()
    query = sa.select(likely).where(likely.c.state_number == 1 + STATES.index("overdue"))
    return database.rows(query.order_by(likely.c.probability.desc(), likely.c.customer_id).limit(limit))


def lapsing(database: Database, run: ShownRun, limit: int) -> Rows:
    """The customers of the state lapsing, those who brought most in the last year first.

    `amount_of_all` is the sum of the known amounts of all of them, added up as they are read anyway.
    """
    query = sa.select(
        _row.customer_id,
        _row.last_visit_on,
        _row.usual_interval_days,
        _row.visit_days,
        _row.amount_year,
        _row.date_50,
        sa.func.sum(_row.amount_year).over().label("amount_of_all"),
    ).where(_row.run_number == run.run_number, _row.state_number == 1 + STATES.index("lapsing"))
    amount = sa.func.coalesce(_row.amount_year, 0).desc()
    return database.rows(query.order_by(amount, _row.expected_visits_365.desc(), _row.customer_id).limit(limit))


def states(database: Database, run: ShownRun) -> dict[str, int]:
    """The number of customers of each state that has any."""
    query = sa.select(_row.state_number, sa.func.count()).where(_row.run_number == run.run_number)
    rows = database.rows(query.group_by(_row.state_number).order_by(_row.state_number))
    return {STATES[row[0] - 1]: row[1] for row in rows if row[0] is not None}


def _likeliest(run: ShownRun) -> sa.Select[Any]:
    query = sa.select(*_COLUMNS).where(_row.run_number == run.run_number)
    return query.order_by(_row.probability_1.desc(), _row.customer_id)
