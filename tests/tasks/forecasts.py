"""Forecasts of the products' baselines, to look at what is written."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from models.common.arrays import Floats
from nightcast.values import Product
from sql.engine import Database
from tasks.night import Choice, Night, Prepared
from tests.tasks.nights import AS_OF, baseline_of, forecast_of, night_of, prepared_of


@dataclass(frozen=True)
class Baseline:
    """A night whose product's baseline is to serve."""

    night: Night
    prepared: Prepared[Any]
    choice: Choice[Any]

    def forecast(self) -> int:
        """Forecast; how many rows were written."""
        return forecast_of(self.night, self.prepared, self.choice)


def baseline(database: Database, product: Product, *, skill: Floats | None = None, **options: Any) -> Baseline:
    """A night with a run, unless the options say otherwise."""
    night = night_of(database, product, **{"is_dry": False, **options})
    prepared = prepared_of(night)
    return Baseline(night, prepared, baseline_of(night, prepared, skill=skill))


def customers(database: Database, **options: Any) -> Baseline:
    """A night of next visits."""
    return baseline(database, Product.NEXT_VISIT, **options)


def series(database: Database, **options: Any) -> Baseline:
    """A night of sales."""
    return baseline(database, Product.SALES, **options)


def written_to(database: Database, table: sa.Table, *order: str) -> list[dict[str, Any]]:
    """The rows of a table."""
    with database.read() as connection:
        query = sa.select(table).order_by(*(table.c[name] for name in order))
        return [dict(row) for row in connection.execute(query).mappings()]


def day(back: int) -> str:
    """A day before the as-of."""
    return str(AS_OF - datetime.timedelta(days=back))


VISITS = [
    ("00001", day(1), "2.5"),
    ("00001", day(8), "1.5"),
    ("00001", day(15), None),
    ("once", day(40), None),
    ("long gone", day(3000), "7"),
]

SALES = [("weekly", day(back), str(10 + (AS_OF - datetime.timedelta(days=back)).weekday())) for back in range(1, 61)]
SALES += [("dead", day(back), "5") for back in range(200, 260)]
SALES += [("new", day(1), "3"), ("empty", "x", "3"), ("unknown", day(2), "x")]
