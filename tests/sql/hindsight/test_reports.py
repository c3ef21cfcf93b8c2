"""Reports about what came: right rows, and found by an index in a larger history."""

from __future__ import annotations

import datetime
import re
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import sqlalchemy as sa

from sql.engine import Database
from sql.tables import QUANTILES, forecast_run, sales_actual, sales_forecast, series_score
from sql.writing import append

FIRST = datetime.date(2026, 1, 1)
NIGHTS, SERIES, STEPS = 40, 100, 14
METRICS = ("mae", "mase", "bias", "coverage_80")


def day(number: int) -> datetime.date:
    return FIRST + datetime.timedelta(days=number)


def fill(database: Database, *, nights: int = NIGHTS, series: int = SERIES) -> None:
    """A history: each night forecasts the number of the series, off by the number of the night; all came."""
    rows = [_run(number) for number in range(nights)]
    with database.write() as connection:
        connection.execute(sa.insert(forecast_run), rows)
        append(connection, sales_forecast, _forecasts(nights, series))
        append(connection, sales_actual, _actuals(nights + STEPS, series))
        append(connection, series_score, _scores(nights, series))
    if database.dialect == "postgresql":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")


def _run(number: int) -> dict[str, Any]:
    moment = datetime.datetime.combine(day(number), datetime.time(3), datetime.UTC)
    return {
        "run_id": f"run{number:03}",
        "product": "sales",
        "as_of": day(number),
        "begun_on": day(number),
        "status": "withdrawn" if number == 1 else "published",
        "started_at": moment,
        "published_at": moment,
        "host": "here",
        "pid": 1,
        "trigger": "test",
        "code_version": "1",
    }


def _grid(*sizes: int) -> list[np.ndarray]:
    return [axis.ravel() for axis in np.meshgrid(*map(np.arange, sizes), indexing="ij")]


def _names(prefix: str, numbers: np.ndarray) -> list[str]:
    return [f"{prefix}{number:03}" for number in numbers]


def _forecasts(nights: int, series: int) -> pa.Table:
    night, number, step = _grid(nights, series, STEPS)
    mean = number.astype(float) + night
    columns = {
        "run_id": _names("run", night),
        "series_id": _names("s", number),
        "period": [day(int(one)) for one in night + step],
        "step": step + 1,
        "mean": mean,
        "model": ["test"] * len(mean),
    }
    return pa.table(columns | {name: mean + (share - 50) / 10 for name, share in QUANTILES.items()})


def _actuals(days: int, series: int) -> pa.Table:
    number, at = _grid(series, days)
    seen = pa.repeat(pa.scalar(datetime.datetime(2026, 3, 1), pa.timestamp("us")), len(at))
    periods = [day(int(one)) for one in at]
    columns = {"series_id": _names("s", number), "period": periods, "value": number.astype(float)}
    return pa.table(columns | {"first_seen_at": seen})


def _scores(nights: int, series: int) -> pa.Table:
    night, number, metric = _grid(nights, series, len(METRICS))
    size = len(night)
    return pa.table(
        {
            "run_id": _names("run", night),
            "series_id": _names("s", number),
            "part": ["all"] * size,
            "metric": np.array(METRICS)[metric],
            "product": ["sales"] * size,
            "as_of": [day(int(one)) for one in night],
            "scored_through": [day(int(one) + STEPS) for one in night],
            "value": 1.0 + number,
            "baseline_value": np.full(size, 2.0),
            "is_backfill": np.zeros(size, bool),
        }
    )


def view(database: Database, name: str, where: str) -> list[Any]:
    with database.read() as connection:
        return list(connection.exec_driver_sql(f"SELECT * FROM {_named(database, name)} WHERE {where}"))


def _named(database: Database, name: str) -> str:
    return f"{database.schema}.{name}" if database.schema else name


def test_forecasts_beside_what_came(database: Database) -> None:
    fill(database, nights=3, series=2)
    rows = view(database, "rpt_forecast_vs_actual", "product = 'sales' AND series_id = 's001' ORDER BY period, as_of")
    assert len(rows) == 2 * STEPS  # one of the three is withdrawn
    third = [row for row in rows if str(row.period) == str(day(2))]
    assert [(str(row.as_of), row.step, row.mean, row.value, row.error, row.is_in_band) for row in third] == [
        (str(day(0)), 3, 1.0, 1.0, 0.0, 1),
        (str(day(2)), 1, 3.0, 1.0, 2.0, 1),
    ]
    assert not any(row.is_backfill for row in rows)


def test_series_the_worst_first(database: Database) -> None:
    fill(database, nights=3, series=3)
    rows = view(database, "rpt_series_accuracy", "product = 'sales'")
    assert [(row.series_id, row.skill, row.forecasts) for row in rows] == [
        ("s002", -0.5, 2),
        ("s001", 0.0, 2),
        ("s000", 0.5, 2),
    ]


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("name", ["rpt_forecast_vs_actual", "rpt_series_accuracy"])
def test_one_series_is_found_by_an_index(database: Database, name: str) -> None:
    fill(database)
    explain = "EXPLAIN QUERY PLAN" if database.dialect == "sqlite" else "EXPLAIN"
    query = f"{explain} SELECT * FROM {_named(database, name)} WHERE product = 'sales' AND series_id = 's042'"
    with database.read() as connection:
        plan = "\n".join(" ".join(map(str, row)) for row in connection.exec_driver_sql(query))
    assert "series_id" in plan
    assert not re.search(r"(SCAN|Seq Scan on) (sales_|series_)?(forecast|actual|score)\b", plan), plan
