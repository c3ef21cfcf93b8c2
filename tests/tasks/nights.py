"""Nights to test the steps with, source tables to read, and the steps up to the one that a test is about."""

from __future__ import annotations

import datetime
import math
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from models.common.settings import ModelSettings
from models.next_visit.settings import NextVisitSettings
from models.sales.settings import SalesSettings
from models.visit_counts.settings import VisitCountSettings
from nightcast.values import Product, to_date
from sql.engine import Database
from sql.ledger import runs as ledger
from sql.settings import CovariateSource, SalesSource, SourceSettings, VisitSource
from tasks.forecast import forecast
from tasks.night import Choice, Night, Prepared, Question, Retrain, Sections, SourceRows
from tasks.prepare import prepare
from tasks.products import PRODUCTS
from tasks.publish import publish
from tasks.read import read

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
    covariates: CovariateSource | None = None,
    next_visit: NextVisitSettings | None = None,
    sales_settings: SalesSettings | None = None,
    visit_counts: VisitCountSettings | None = None,
    store: Path | None = None,
    retrain_after_days: int = 7,
    is_dry: bool = True,
) -> Night:
    """A night; one that is not dry is opened in the ledger."""
    sections = Sections(
        SourceSettings(
            visits=visits or VisitSource(),
            sales=sales or SalesSource(),
            covariates=covariates or CovariateSource(),
        ),
        next_visit or NextVisitSettings(bin_edges_days=(7, 14)),
        sales_settings or SalesSettings(),
        visit_counts or VisitCountSettings(),
        ModelSettings(store=str(store or "nowhere"), retrain_after_days=retrain_after_days),
    )
    run = None
    if not is_dry:
        run = ledger.begin(database, product, as_of, trigger="test", flow_run_id=None, settings={})
    return Night(Question(product, as_of, clock, timezone, retrain, is_dry), sections, database, run)


def rows_of(night: Night) -> SourceRows:
    """The usable rows of the night's source."""
    product = PRODUCTS[night.product]
    return read(night, product, product.check(night.database, night.sections.source))


def read_of(database: Database, product: Product, **options: Any) -> tuple[Night, SourceRows]:
    """A night and the usable rows of its source."""
    night = night_of(database, product, **options)
    return night, rows_of(night)


def used(rows: SourceRows) -> list[tuple[str, str, float | None]]:
    """Rows as people would write them: subject, day and value."""
    ids = rows.ids.to_pylist()
    return [
        (ids[code], str(to_date(day)), None if math.isnan(value) else value)
        for code, day, value in zip(rows.code, rows.day, rows.value, strict=True)
    ]


def prepared_of(night: Night) -> Prepared[Any]:
    """What is known at the night's as-of."""
    return prepare(night, PRODUCTS[night.product], rows_of(night))


def choice_of(model: Any, **options: Any) -> Choice[Any]:
    """The choice of a model that is not kept."""
    return Choice(model, None, promote=False, retrained=False, decision="test", **options)


def baseline_of(night: Night, prepared: Prepared[Any], **options: Any) -> Choice[Any]:
    """The choice of the product's baseline."""
    return choice_of(PRODUCTS[night.product].fit_baseline(night.sections, prepared), **options)


def forecast_of(night: Night, prepared: Prepared[Any], choice: Choice[Any]) -> int:
    """Forecast with the model chosen; how many rows were written."""
    return forecast(night, PRODUCTS[night.product], prepared, choice)


def publish_forecast(night: Night, prepared: Prepared[Any], choice: Choice[Any]) -> None:
    """Forecast with the model chosen, and publish."""
    forecast_of(night, prepared, choice)
    publish(night, choice)


def rejected(night: Night, *sources: str) -> dict[str, int]:
    """How many rows were rejected for each reason; of the sources named, or of all."""
    return {entry.reason: entry.rows for entry in night.rejections if not sources or entry.source in sources}


NOT_A_DATE = "not a date or timestamp (ISO 8601)"
"""Why a row without a readable date is rejected."""


def fill_visits(database: Database, *rows: tuple[Any, Any, Any], kind: Any = sa.Text) -> None:
    """The table of visits: customer, moment and amount, all text by default."""
    _fill(database, "visits", {"customer_id": sa.Text, "visited_at": kind, "amount": sa.Text}, rows)


def fill_sales(database: Database, *rows: tuple[Any, Any, Any], kind: Any = sa.Text) -> None:
    """The table of sales: series, period and value, all text by default."""
    _fill(database, "sales", {"series_id": sa.Text, "period": kind, "value": sa.Text}, rows)


def _fill(database: Database, name: str, columns: dict[str, Any], rows: tuple[tuple[Any, ...], ...]) -> None:
    table = sa.Table(name, sa.MetaData(), *(sa.Column(column, kind) for column, kind in columns.items()))
    with database.write() as connection:
        table.create(connection, checkfirst=True)
        if rows:
            connection.execute(sa.insert(table), [dict(zip(columns, row, strict=True)) for row in rows])
