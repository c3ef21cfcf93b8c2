"""What tonight would do, found out by reading and deciding, without training, forecasting or writing anything."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np

from flows.night.prepared import prepare, unopened_night
from flows.night.request import NightRequest
from flows.night.session import open_checked
from flows.settings import Settings
from models.sales.forecast import dead_series
from nightcast.values import Product
from sql.ledger.listings import mean_seconds
from sql.tables import FORECAST_TABLES
from tasks.choose import plan_model
from tasks.night import Night


@dataclass(frozen=True)
class ProductPlan:
    """What tonight would do for one product."""

    product: Product
    as_of: datetime.date
    rows_read: int
    rows_rejected: int
    subjects: int
    data_through: datetime.date | None
    model: str
    why: str
    left_out: str
    rows_to_write: int
    tables: str
    seconds: float | None


def plan_product(product: Product, request: NightRequest, settings: Settings) -> ProductPlan:
    """What the request would do for one product.

    Raises:
        NightcastError: where the night itself would fail before it trains: says the same.
    """
    database = open_checked(settings)
    night = prepare(unopened_night(product, request, settings, database))
    plan = plan_model(night)
    version = plan.version.model_version if plan.version is not None else "none"
    trains = plan.train
    return ProductPlan(
        product=product,
        as_of=night.question.as_of,
        rows_read=night.facts["rows_read"],
        rows_rejected=night.rejections.rows,
        subjects=night.facts["subjects"],
        data_through=night.facts["data_through"],
        model=f"train, against {version}" if trains and plan.version else "train" if trains else f"load {version}",
        why="; ".join([plan.why, *night.notes]),
        left_out=_left_out(night),
        rows_to_write=_rows_to_write(night),
        tables=", ".join(table.name for table in FORECAST_TABLES[product]),
        seconds=mean_seconds(database, product, retrained=trains),
    )


def _left_out(night: Night) -> str:
    """Series that get zeros or nothing, with why."""
    if night.panel is None:
        return ""
    dead = int(np.count_nonzero(dead_series(night.panel)))
    empty = int(np.count_nonzero(night.panel.observations == 0))
    said = [f"{dead} ended, zeros" if dead else "", f"{empty} without a known value, skipped" if empty else ""]
    return "; ".join(part for part in said if part)


def _rows_to_write(night: Night) -> int:
    if night.panel is not None:
        series = np.count_nonzero(night.panel.observations > 0)
        return int(series * night.panel.lengths.horizon + night.panel.series_count)
    bins = night.sections.next_visit.bins.count
    return int(night.facts["subjects"] * (1 + bins) + bins)
