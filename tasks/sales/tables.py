"""Forecasts of sales as rows of our tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models.common.arrays import Days
from models.sales.forecast import SKIPPED, SalesForecast
from models.sales.totals.total import Totals
from sql.tables import QUANTILES
from tasks.forecast import dates, run_ids
from tasks.night import Night


def sales_forecast_rows(night: Night, ids: pa.Array, forecast: SalesForecast, chosen: slice) -> pa.Table:
    """One row per series and step, for series with a forecast."""
    series = np.arange(chosen.start, chosen.stop)[forecast.status[chosen] != SKIPPED]
    horizon = len(forecast.period_day)
    repeated = pa.array(np.repeat(series, horizon))
    columns = {
        "run_id": run_ids(night, len(series) * horizon),
        "series_id": ids.take(repeated),
        "period": dates(np.tile(forecast.period_day, len(series))),
        "step": np.tile(np.arange(1, horizon + 1, dtype=np.int32), len(series)),
        "mean": forecast.mean[series].ravel(),
    }
    quantiles = forecast.quantiles[series].reshape(-1, len(QUANTILES))
    columns |= {name: quantiles[:, position] for position, name in enumerate(QUANTILES)}
    columns["model"] = pa.array(forecast.model[series].astype(object), pa.string()).take(
        pa.array(np.repeat(np.arange(len(series)), horizon))
    )
    columns["known_effect"] = forecast.known_effect[series].ravel()
    return pa.table(columns)


def total_rows(night: Night, level: str, values: pa.Array, totals: Totals, period_day: Days) -> pa.Table:
    """One row per group and span.

    Args:
        night: tonight.
        level: see `sql.tables.sales_total`.
        values: the groups, text (N,).
        totals: their totals over J spans.
        period_day: the labels of the steps, days since 1970-01-01.
    """
    spans, count = totals.spans, len(values)
    quantiles = totals.quantiles.reshape(-1, len(QUANTILES))
    first, last = (period_day[[getattr(span, end) for span in spans]] for end in ("first", "last"))
    return pa.table(
        {
            "run_id": run_ids(night, count * len(spans)),
            "level": pa.repeat(level, count * len(spans)),
            "group_value": values.take(pa.array(np.repeat(np.arange(count), len(spans)))),
            "span": [span.name for span in spans] * count,
            "from_period": dates(np.tile(first, count)),
            "to_period": dates(np.tile(last, count)),
            "is_whole": [span.is_whole for span in spans] * count,
            "mean": totals.mean.ravel(),
        }
        | {name: quantiles[:, position] for position, name in enumerate(QUANTILES)}
    )


def series_status_rows(
    night: Night, ids: pa.Array, forecast: SalesForecast, rowless: NDArray[np.bool_], chosen: slice
) -> pa.Table:
    """One row per series."""
    last_day = forecast.last_day[chosen]
    return pa.table(
        {
            "run_id": run_ids(night, len(last_day)),
            "series_id": ids.slice(chosen.start, len(last_day)),
            "status": pa.array(forecast.status[chosen], pa.string()),
            "model": _texts(forecast.model[chosen]),
            "reason": _texts(forecast.reason[chosen]),
            "observations": forecast.observations[chosen].astype(np.int32),
            "last_period": pa.array(last_day, mask=rowless[chosen]).cast(pa.date32()),
            "skill": forecast.skill[chosen],
        }
    )


def _texts(values: NDArray[Any]) -> pa.Array:
    """Texts, with nulls in place of empty ones."""
    return pa.array(values, pa.string(), mask=values == "")
