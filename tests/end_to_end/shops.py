"""Small sources to run nights on."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from sql.settings import SourceSettings, VisitSource
from tasks.upkeep.demo_shop.shop import generate, write_shop
from tests.documents.pretence import begun_in_time
from tests.end_to_end.conftest import Project

THROUGH = datetime.date(2026, 3, 31)
AS_OF = datetime.date(2026, 4, 1)

ANSWERING = """
[source.visits]
groups = ["store"]
future = "known"

[source.sales]
groups = ["store", "category"]

[sales]
recipes = ["combination", "effects"]

[model]
retrain_after_days = 1000
"""
"""Settings of the shop that can answer all questions of `docs/sql.md`."""

DAYS_AGO = (35, 28, 1, 0)
"""Its nights, whose parts come due until the last of them, that of a whole forecast of sales among them."""

NETWORKS = """
[next_visit]
recipes = ["hazard_lstm"]

[sales]
recipes = ["seasonal_lstm"]
"""
"""The default networks, beside the recipes that always take part."""


def small_shop(
    project: Project,
    customers: int = 100,
    series: int = 8,
    through: datetime.date = THROUGH,
    *,
    days: int = 420,
    booked: bool = False,
) -> None:
    """The first customers and series of the generated shop, whose last days are known; two years are all of them."""
    shop = generate(through, seed=7)
    chosen = pc.unique(shop.visits["customer_id"]).sort()[:customers]
    names = pc.unique(shop.sales["series_id"]).sort()[:series]
    source = SourceSettings(visits=VisitSource(future="known" if booked else "reject"))
    since = through - datetime.timedelta(days=days - 1)
    small = replace(
        shop,
        visits=_since(since, _only(shop.visits, "customer_id", chosen), "visited_at"),
        sales=_since(since, _only(shop.sales, "series_id", names), "period"),
        covariates=_since(since, _only(shop.covariates, "series_id", names), "period"),
    )
    write_shop(project.database, small, source)


def answering_shop(project: Project, tonight: datetime.date, *, customers: int = 400) -> None:
    """A shop with some nights until tonight, which has an answer to every question of `docs/sql.md`."""
    project.configure(ANSWERING)
    small_shop(project, customers=customers, through=tonight - datetime.timedelta(days=1), days=730, booked=True)
    project.execute("INSERT INTO visits (customer_id, visited_at) VALUES ('', '2026-01-05')")
    for days in DAYS_AGO:
        as_of = tonight - datetime.timedelta(days=days)
        answer = project.nightcast("run", "--as-of", str(as_of))
        assert answer.code == 0, answer.err
        begun_in_time(project.database, as_of)


def _only(rows: pa.Table, column: str, values: pa.Array) -> pa.Table:
    return rows.filter(pc.is_in(rows[column], value_set=values))


def _since(day: datetime.date, rows: pa.Table, column: str) -> pa.Table:
    return rows.filter(pc.greater_equal(rows[column], pa.scalar(day).cast(rows[column].type)))


def daily(first: str, days: int, every: int = 1) -> list[datetime.date]:
    """Dates from `first` on."""
    start = datetime.date.fromisoformat(first)
    return [start + datetime.timedelta(days=day) for day in range(0, days, every)]
