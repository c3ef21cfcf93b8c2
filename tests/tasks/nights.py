"""Nights to test the steps with, and source tables to read."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from models.common.settings import ModelSettings
from models.next_visit.settings import NextVisitSettings
from models.sales.settings import SalesSettings
from nightcast.values import Product
from sql.engine import Database
from sql.ledger import runs as ledger
from sql.settings import SalesSource, SourceSettings, VisitSource
from tasks.night import Night, Question, Retrain, Sections

AS_OF = datetime.date(2024, 6, 1)
CLOCK = datetime.datetime(2024, 6, 1, 12, 0, tzinfo=datetime.UTC)


def night_of(
    database: Database,
    product: Product,
    *,
    as_of: datetime.date = AS_OF,
    clock: datetime.datetime = CLOCK,
    timezone: str = "UTC",
    retrain: Retrain = "auto",
    visits: VisitSource | None = None,
    sales: SalesSource | None = None,
    next_visit: NextVisitSettings | None = None,
    sales_settings: SalesSettings | None = None,
    store: Path | None = None,
    retrain_after_days: int = 7,
    is_dry: bool = True,
) -> Night:
    """A night; one that is not dry is opened in the ledger."""
    sections = Sections(
        SourceSettings(visits=visits or VisitSource(), sales=sales or SalesSource()),
        next_visit or NextVisitSettings(bin_edges_days=(7, 14)),
        sales_settings or SalesSettings(),
        ModelSettings(store=str(store or "nowhere"), retrain_after_days=retrain_after_days),
    )
    run = None
    if not is_dry:
        run = ledger.begin(database, product, as_of, trigger="test", flow_run_id=None, settings={})
    return Night(Question(product, as_of, clock, timezone, retrain, is_dry), sections, database, run)


def fill_visits(database: Database, *rows: tuple[Any, Any, Any], kind: Any = sa.Text) -> None:
    """The table of visits: customer, moment and amount, all text unless told."""
    _fill(database, "visits", {"customer_id": sa.Text, "visited_at": kind, "amount": sa.Text}, rows)


def fill_sales(database: Database, *rows: tuple[Any, Any, Any], kind: Any = sa.Text) -> None:
    """The table of sales: series, period and value, all text unless told."""
    _fill(database, "sales", {"series_id": sa.Text, "period": kind, "value": sa.Text}, rows)


def _fill(database: Database, name: str, columns: dict[str, Any], rows: tuple[tuple[Any, ...], ...]) -> None:
    table = sa.Table(name, sa.MetaData(), *(sa.Column(column, kind) for column, kind in columns.items()))
    with database.write() as connection:
        table.create(connection, checkfirst=True)
        if rows:
            connection.execute(sa.insert(table), [dict(zip(columns, row, strict=True)) for row in rows])
