"""What tonight would do: reads the sources, and neither trains, nor forecasts, nor writes."""

from __future__ import annotations

import datetime
from typing import Any

from flows.night.prepared import prepared_source, unopened_night
from flows.night.session import open_checked
from flows.settings import Settings
from flows.workers.shared_night import who_forecasts
from nightcast.values import Product
from sql.ledger.listings import mean_seconds
from sql.tables import FORECAST_TABLES
from tasks.night import Retrain
from tasks.plan import plan_model
from tasks.products import PRODUCTS


def plan_product(product: Product, as_of: datetime.date, retrain: Retrain, settings: Settings) -> dict[str, Any]:
    """What tonight would do for one product.

    Raises:
        NightcastError: if the night would fail before its training, with the same message.
    """
    database = open_checked(settings)
    night, steps = unopened_night(product, as_of, settings, database, retrain), PRODUCTS[product]
    prepared = prepared_source(night)
    plan = plan_model(night, steps, prepared)
    version = plan.version.model_version if plan.version is not None else "none"
    training = f"train, against {version}" if plan.version is not None else "train"
    return {
        "product": product,
        "as_of": night.question.as_of,
        "rows_read": night.entry.rows_read,
        "rows_read_anew": night.rows_anew,
        "rows_rejected": night.rejections.rows,
        "rows_merged": steps.merged(prepared),
        "subjects": night.entry.subjects,
        "data_through": night.entry.data_through,
        "model": training if plan.train else "the baseline" if plan.stand_in else f"load {version}",
        "why": "; ".join([plan.why, *([plan.note] if plan.note else []), *night.notes]),
        "not_forecast": steps.not_forecast(prepared),
        "forecast_by": who_forecasts(product, settings.run, night.entry.rows_read),
        "rows_to_write": steps.rows_to_write(night, prepared),
        "tables": ", ".join(table.name for table in FORECAST_TABLES[product]),
        "seconds": mean_seconds(database, product, retrained=plan.train),
    }
