"""A picture of the flip: what is written, and what readers see, from a run on a database."""

from __future__ import annotations

import datetime
import tempfile
from pathlib import Path

import pyarrow as pa
import sqlalchemy as sa
from pydantic import SecretStr

from nightcast.values import Product
from sql.engine import Database, open_database
from sql.ledger import runs as ledger
from sql.ledger.runs import Run
from sql.schema import migrate
from sql.settings import DatabaseSettings
from sql.tables import QUANTILES, forecast_run, sales_forecast
from sql.writing import append
from tests.documents.pictures.style import FORECAST, KNOWN, WIDTH, Specification, coloured

LAST_NIGHT, TONIGHT = datetime.date(2026, 11, 1), datetime.date(2026, 11, 2)
BATCH = 10_000
"""Rows of a batch."""

MOMENTS = ("before", "batch 1", "batch 2", "batch 3", "the flip", "after")


def flip() -> Specification:
    """Rows of tonight's run in the table, and rows of tonight that readers see, one moment after the other."""
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(DatabaseSettings(url=SecretStr(f"sqlite:///{Path(folder) / 'night.db'}")))
        migrate(database)
        rows = _watched(database)
        database.engine.dispose()
    kinds = {"rows that are written": FORECAST, "rows that readers see": KNOWN}
    return {
        "data": {"values": rows},
        "width": WIDTH - 60,
        "height": 150,
        "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 3},
        "encoding": {
            "x": {
                "field": "moment",
                "type": "ordinal",
                "sort": list(MOMENTS),
                "title": None,
                "axis": {"labelAngle": 0},
            },
            "y": {"field": "rows", "type": "quantitative", "title": "rows of tonight", "axis": {"tickCount": 4}},
            "color": coloured(kinds),
            "strokeDash": {
                "field": "what",
                "scale": {"domain": list(kinds), "range": [[1, 0], [6, 3]]},
                "legend": {"orient": "bottom", "title": None},
            },
        },
    }


def _watched(database: Database) -> list[dict[str, object]]:
    _night(database, LAST_NIGHT)
    run = ledger.begin(database, Product.SALES, TONIGHT, trigger="hand", flow_run_id=None, settings={})
    rows = _seen(database, "before")
    for number in (1, 2, 3):
        _append(database, run, number)
        rows += _seen(database, f"batch {number}")
    ledger.publish(database, run, None, {})
    return rows + _seen(database, "the flip") + _seen(database, "after")


def _night(database: Database, as_of: datetime.date) -> None:
    run = ledger.begin(database, Product.SALES, as_of, trigger="hand", flow_run_id=None, settings={})
    _append(database, run, 1)
    ledger.publish(database, run, None, {})


def _append(database: Database, run: Run, number: int) -> None:
    numbers = {name: [1.0] * BATCH for name in ("mean", *QUANTILES)}
    rows = {
        "run_id": [run.run_id] * BATCH,
        "series_id": [f"{number}/{row}" for row in range(BATCH)],
        "period": pa.array([run.as_of] * BATCH, pa.date32()),
        "step": pa.array([1] * BATCH, pa.int32()),
        "model": ["ensemble"] * BATCH,
    }
    with database.write() as connection:
        append(connection, sales_forecast, pa.table(rows | numbers))


def _seen(database: Database, moment: str) -> list[dict[str, object]]:
    """The rows of tonight in the table and in the view."""
    view = sa.table("latest_sales_forecast", sa.column("as_of"), schema=database.schema)
    runs = sa.select(forecast_run.c.run_id).where(forecast_run.c.as_of == TONIGHT)
    stored = sa.select(sa.func.count()).select_from(sales_forecast).where(sales_forecast.c.run_id.in_(runs))
    seen = sa.select(sa.func.count()).select_from(view).where(view.c.as_of == TONIGHT)
    with database.read() as connection:
        counts = connection.execute(stored).scalar_one(), connection.execute(seen).scalar_one()
    names = "rows that are written", "rows that readers see"
    return [{"moment": moment, "what": name, "rows": count} for name, count in zip(names, counts, strict=True)]
