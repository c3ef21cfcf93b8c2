"""A published shop of any size: forecasts of two nights and what came before, made up in bulk and not forecast."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from numpy.typing import NDArray

from nightcast.values import WHOLE, Bins, Product
from sql.engine import Database
from sql.hindsight.changes import write_changes
from sql.hindsight.trust import write_trust
from sql.ledger import runs
from sql.tables import (
    BIN_COLUMNS,
    QUANTILES,
    forecast_score,
    next_visit_day,
    next_visit_stored,
    sales_actual,
    sales_forecast,
    sales_total,
    series_status,
    visit_bin,
    visit_calibration,
    visit_count_actual,
    visit_count_forecast,
    visit_count_total,
)
from sql.writing import append

AS_OF = datetime.date(2026, 11, 16)
HORIZON = 28
BINS = Bins((7, 14, 28, 56))
STORES = 20
REVIEWED = 20
STATES = (0.08, 0.2, 0.12, 0.15, 0.1, 0.35)
"""Shares of the customers that are new, regular, due, overdue, lapsing and lost."""


@dataclass(frozen=True)
class Size:
    """How large a shop is."""

    customers: int
    series: int


def fill(database: Database, size: Size, as_of: datetime.date = AS_OF) -> None:
    """Publish two nights of all products, with reviews of the earlier ones and what came."""
    rng, earlier = np.random.default_rng(7), as_of - datetime.timedelta(days=1)
    level = np.exp(rng.normal(2, 1.2, size.series))
    _actuals(database, rng, level, as_of)
    before = _night(database, rng, level, Size(size.customers // 100, size.series), earlier)
    _reviews(database, rng, before, earlier)
    tonight = _night(database, rng, level * np.exp(rng.normal(0, 0.05, size.series)), size, as_of)
    for product, run in tonight.items():
        _hindsight(database, product, run, before[product])
    if database.dialect == "postgresql":
        with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")  # as the server does by itself, a minute after a night


def _night(
    database: Database, rng: np.random.Generator, level: NDArray[Any], size: Size, as_of: datetime.date
) -> dict[Product, runs.Run]:
    night = {}
    for product in Product:
        run = runs.begin(database, product, as_of, trigger="benchmark", flow_run_id=None, settings={}, today=as_of)
        with database.write() as connection:
            if product is Product.NEXT_VISIT:
                _write_customers(connection, rng, run, size.customers)
            elif product is Product.SALES:
                _write_series(connection, rng, run, level, (sales_forecast, sales_total), "product")
            else:
                stores = np.array([300.0, *np.full(STORES, 300.0 / STORES)])
                _write_series(connection, rng, run, stores, (visit_count_forecast, visit_count_total), "store")
        subjects = {Product.NEXT_VISIT: size.customers, Product.SALES: len(level)}.get(product, STORES + 1)
        served = {"served": "ensemble", "decision": "loaded: it is one day old", "subjects": subjects}
        runs.publish(database, run, None, served | {"data_through": as_of - datetime.timedelta(days=1)})
        night[product] = run
    return night


def _write_customers(connection: sa.Connection, rng: np.random.Generator, run: runs.Run, count: int) -> None:
    bins = [(number, *days) for number, days in enumerate(BINS.ranges, 1)]
    connection.execute(
        sa.insert(visit_bin),
        [
            {
                "run_id": run.run_id,
                "bin": number,
                "from_day": first,
                "to_day": last,
                "label": BINS.labels[number - 1],
                "from_date": run.as_of + datetime.timedelta(days=first - 1),
                "to_date": None if last is None else run.as_of + datetime.timedelta(days=last - 1),
            }
            for number, first, last in bins
        ],
    )
    first = rng.beta(0.6, 4, count)
    rest = (1 - first[:, None]) * rng.dirichlet([1, 1, 1, 3], count)
    chances = np.column_stack([first, rest[:, :3]])
    state = rng.choice(np.arange(1, 7), count, p=STATES)
    elapsed = rng.integers(1, 300, count)
    dates = np.datetime64(run.as_of, "D")
    amount = rng.lognormal(5, 1, count)
    rows = {
        **{name: chances[:, place] for place, name in enumerate(BIN_COLUMNS[:4])},
        "run_number": np.full(count, run.run_number),
        "customer_id": np.char.add("C", np.arange(10_000_000, 10_000_000 + count).astype(str)),
        "amount_total": 2 * amount,
        "amount_year": amount,
        "expected_visits_28": first * 3,
        "expected_visits_365": first * 30,
        "expected_amount_365": first * amount,
        "usual_interval_days": rng.uniform(3, 60, count),
        "last_visit_on": dates - elapsed,
        "elapsed_days": elapsed,
        "date_10": dates + rng.integers(0, 9, count),
        "date_50": dates + rng.integers(9, 50, count),
        "date_90": dates + rng.integers(50, 200, count),
        "median_days_ahead": rng.integers(9, 50, count),
        "likely_bin": rng.integers(1, 5, count),
        "visit_days": rng.integers(1, 90, count),
        "state_number": state,
    }
    append(connection, next_visit_stored, _arrow(next_visit_stored, rows))
    days = np.arange(1, BINS.horizon + 1)
    expected = np.where(days <= 7, first.sum() / 7, chances[:, 1:].sum() / (BINS.horizon - 7))
    of_days = {"run_id": run.run_id, "day": days, "date": dates + days - 1, "customers": expected}
    append(connection, next_visit_day, _arrow(next_visit_day, of_days))


def _write_series(
    connection: sa.Connection,
    rng: np.random.Generator,
    run: runs.Run,
    level: NDArray[Any],
    tables: Sequence[sa.Table],
    noun: str,
) -> None:
    """Forecasts of every series and step, and totals of series, of `STORES` groups and of all."""
    ids = _ids(noun, len(level))
    dates = np.datetime64(run.as_of, "D") + np.arange(HORIZON)
    week = 1 + 0.4 * np.sin(2 * np.pi * (dates.astype(int) % 7) / 7)
    mean = level[:, None] * week * rng.uniform(0.9, 1.1, (len(level), HORIZON))
    rows = {
        "run_id": run.run_id,
        "series_id": np.repeat(ids, HORIZON),
        "period": np.tile(dates, len(level)),
        "step": np.tile(np.arange(1, HORIZON + 1), len(level)),
        "mean": mean.ravel(),
        **_bands(mean.ravel()),
        "model": "ensemble",
    }
    if tables[0] is visit_count_forecast:
        rows["year_ago"] = mean.ravel() * rng.uniform(0.8, 1.1, mean.size)
    append(connection, tables[0], _arrow(tables[0], rows))
    store = np.arange(len(level)) % STORES
    groups = np.array([mean[store == one].sum(axis=0) for one in range(STORES)])
    for level_name, names, values in (
        ("series", ids, mean),
        ("store", _ids("store", STORES), groups),
        (WHOLE, np.array([WHOLE]), mean.sum(axis=0, keepdims=True)),
    ):
        for span, (first, last, whole) in _spans(dates, level_name != "series"):
            sums = values[:, first : last + 1].sum(axis=1)
            total = {
                "run_id": run.run_id,
                "level": level_name,
                "group_value": names,
                "span": span,
                "from_period": np.full(len(names), dates[first]),
                "to_period": np.full(len(names), dates[last]),
                "is_whole": np.full(len(names), whole),
                "mean": sums,
                **_bands(sums),
            }
            append(connection, tables[1], _arrow(tables[1], total))
    status = {"run_id": run.run_id, "series_id": ids, "status": "forecast", "model": "ensemble"}
    append(connection, series_status, _arrow(series_status, status | {"observations": np.full(len(ids), 700)}))


def _spans(dates: NDArray[Any], with_periods: bool) -> list[tuple[str, tuple[int, int, bool]]]:
    """Spans as nights write them: periods of groups alone, weeks, months and the horizon."""
    spans = [("period", (one, one, True)) for one in range(HORIZON)] if with_periods else []
    for name, number in (("week", (dates.astype(int) + 3) // 7), ("month", dates.astype("datetime64[M]").astype(int))):
        for one in np.unique(number):
            inside = np.flatnonzero(number == one)
            spans.append((name, (int(inside[0]), int(inside[-1]), name == "week" and len(inside) == 7)))
    return [*spans, ("horizon", (0, HORIZON - 1, True))]


def _actuals(database: Database, rng: np.random.Generator, level: NDArray[Any], as_of: datetime.date) -> None:
    stores = np.array([300.0, *np.full(STORES, 300.0 / STORES)])
    dates = np.datetime64(as_of, "D") - np.arange(1, HORIZON + 1)
    for table, values, noun in ((sales_actual, level, "product"), (visit_count_actual, stores, "store")):
        rows = {
            "series_id": np.repeat(_ids(noun, len(values)), HORIZON),
            "period": np.tile(dates, len(values)),
            "value": rng.poisson(np.repeat(values, HORIZON)).astype(float),
            "first_seen_at": np.full(len(values) * HORIZON, np.datetime64(as_of, "us")),
        }
        with database.write() as connection:
            append(connection, table, _arrow(table, rows))


def _reviews(
    database: Database, rng: np.random.Generator, night: dict[Product, runs.Run], as_of: datetime.date
) -> None:
    """Reviews of the night before, as of `REVIEWED` weeks: rows of one run each."""
    with database.write() as connection:
        for product, run in night.items():
            of_run = {"run_id": run.run_id, "product": product, "as_of": as_of, "is_backfill": False}
            metric = "log_loss" if product is Product.NEXT_VISIT else "wape"
            for part in ("1-7", "8-14", WHOLE):
                scored = of_run | {"part": part, "scored_through": as_of, "metric": metric, "week": as_of}
                connection.execute(sa.insert(forecast_score).values(**scored, value=0.5, baseline_value=0.6))
        of_run = {"run_id": night[Product.NEXT_VISIT].run_id, "as_of": as_of, "scored_through": as_of}
        groups = [
            of_run | {"part": "1-7", "group_number": number, "predicted": share, "realised": share, "customers": 99}
            for number, share in enumerate(np.sort(rng.uniform(0, 0.9, 10)).tolist(), 1)
        ]
        connection.execute(sa.insert(visit_calibration), [row | {"is_backfill": False} for row in groups])


def _hindsight(database: Database, product: Product, run: runs.Run, before: runs.Run) -> None:
    measure = "due" if product is Product.NEXT_VISIT else "total"
    change = {
        "run_id": run.run_id,
        "product": product,
        "as_of": run.as_of,
        "previous_run_id": before.run_id,
        "previous_as_of": before.as_of,
        "measure": measure,
        "previous": 1000.0,
        "present": 1040.0,
        "by_calendar": 10.0,
        "by_data": 25.0,
        "by_model": 5.0,
    }
    write_changes(database, run.run_id, [change])
    write_trust(database, product, {"as_of": run.as_of, "forecasts": 1, "mark": "good", "sentence": "All went well."})


def _ids(noun: str, count: int) -> NDArray[Any]:
    """Identifiers; the first series of visits is that of everybody."""
    ids = np.char.add(f"{noun}-", np.char.zfill(np.arange(count).astype(str), 5))
    if noun == "store" and count == STORES + 1:
        ids[0] = WHOLE
    return ids


def _bands(mean: NDArray[Any]) -> dict[str, NDArray[Any]]:
    return {name: mean * (0.5 + share / 100) for name, share in QUANTILES.items()}


def _arrow(table: sa.Table, rows: dict[str, Any]) -> pa.Table:
    """The columns as Arrow; one value stands for all rows."""
    length = max(len(column) for column in rows.values() if not isinstance(column, str))
    kinds: dict[type[Any], pa.DataType] = {sa.Integer: pa.int32(), sa.SmallInteger: pa.int16()}
    columns = {}
    for name, column in rows.items():
        values = pa.array([column] * length) if isinstance(column, str) else pa.array(column)
        kind = kinds.get(type(table.c[name].type))
        columns[name] = values if kind is None else values.cast(kind)
    return pa.table(columns)
