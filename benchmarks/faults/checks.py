"""The guarantees after a fault: the views show whole published nights, and no table has a row of a dead run."""

from __future__ import annotations

import datetime
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from benchmarks.faults.shop import BINS, EVERYBODY, STEPS, Shop
from models.sales.totals.spans import HORIZON
from sql.tables import FORECAST_TABLES, QUANTILES

Row = Mapping[str, Any]

FORECASTS = sorted({table.name for tables in FORECAST_TABLES.values() for table in tables if "run_id" in table.c})
HINDSIGHT = ("forecast_score", "series_score", "visit_calibration", "forecast_change")
"""Tables with rows of runs that were published, written after the publication."""

BINS_SQL = "SELECT run_id, as_of, customer_id, bin, probability FROM latest_next_visit_bin"
STEPS_SQL = f"SELECT run_id, as_of, series_id, step, mean, {', '.join(QUANTILES)} FROM "  # noqa: S608 - our own columns
TOTALS_SQL = "SELECT run_id, level, group_value, span, mean FROM "
SERIES_PRODUCTS = {"sales": "latest_sales", "visit_counts": "latest_visit_count"}
"""The products that forecast series, with the beginning of their views' names."""


def view_problems(shop: Shop, as_ofs: Collection[datetime.date]) -> list[str]:
    """What is wrong with the rows that readers see, for each product; empty if nothing is.

    Args:
        shop: the shop to check.
        as_ofs: the as-ofs that may be shown.
    """
    bins = shop.select(BINS_SQL)
    customers = shop.subjects("visits", "customer_id", "visited_at", _shown(bins))
    problems, shown = next_visit_problems(bins, customers), {"next_visit": _shown(bins)}
    listed = {row["customer_id"] for row in shop.select("SELECT customer_id FROM latest_next_visit")}
    if listed != customers:
        problems.append("latest_next_visit has other customers than latest_next_visit_bin")
    for product, views in SERIES_PRODUCTS.items():
        steps, totals = shop.select(f"{STEPS_SQL}{views}_forecast"), shop.select(f"{TOTALS_SQL}{views}_total")
        shown[product] = _shown(steps)
        series = shop.subjects("sales", "series_id", "period", shown[product]) if product == "sales" else {EVERYBODY}
        problems += series_problems(product, steps, series) + total_problems(product, totals, steps)
    allowed = {str(as_of) for as_of in as_ofs}
    return problems + [f"{name}: the night of {day} is shown" for name, day in shown.items() if day not in allowed]


def _shown(rows: list[dict[str, Any]]) -> str:
    return str(rows[0]["as_of"]) if rows else "never"


def next_visit_problems(rows: Iterable[Row], customers: Collection[str]) -> list[str]:
    """What is wrong with rows of `latest_next_visit_bin`: one run, every customer, every bin once, sums of 1."""
    bins: dict[str, list[int]] = defaultdict(list)
    probability: dict[str, float] = defaultdict(float)
    runs = set()
    for row in rows:
        runs.add(row["run_id"])
        bins[row["customer_id"]].append(row["bin"])
        probability[row["customer_id"]] += row["probability"]
    problems = _run_problems("next_visit", runs)
    if set(bins) != set(customers):
        problems.append(f"next_visit: {len(bins)} customers are shown, {len(customers)} are known")
    if any(sorted(numbers) != list(range(1, BINS + 1)) for numbers in bins.values()):
        problems.append("next_visit: bins are missing or doubled")
    if not all(math.isclose(total, 1, abs_tol=1e-6) for total in probability.values()):
        problems.append("next_visit: probabilities do not sum to 1")
    return problems


def series_problems(product: str, rows: Iterable[Row], series: Collection[str]) -> list[str]:
    """What is wrong with forecasts of series: one run, every series and step once, quantiles in order."""
    steps, runs, disordered = defaultdict(list), set(), False
    for row in rows:
        runs.add(row["run_id"])
        steps[row["series_id"]].append(row["step"])
        quantiles = [row[name] for name in QUANTILES]
        disordered |= quantiles != sorted(quantiles)
    problems = _run_problems(product, runs)
    if set(steps) != set(series):
        problems.append(f"{product}: {len(steps)} series are shown, {len(series)} are known")
    if any(sorted(numbers) != list(range(1, STEPS + 1)) for numbers in steps.values()):
        problems.append(f"{product}: steps are missing or doubled")
    return [*problems, f"{product}: quantiles cross"] if disordered else problems


def total_problems(product: str, totals: Iterable[Row], steps: Iterable[Row]) -> list[str]:
    """What is wrong with totals: those of the horizon have the run, the series and the sums of the forecasts."""
    means: dict[str, float] = defaultdict(float)
    for row in steps:
        means[row["series_id"]] += row["mean"]
    whole = [row for row in totals if row["span"] == HORIZON and row["level"] == "series"]
    problems = (
        [] if {row["run_id"] for row in totals} == {row["run_id"] for row in steps} else ["totals of another run"]
    )
    if sorted(row["group_value"] for row in whole) != sorted(means):
        problems.append("totals of series are missing or doubled")
    if not all(
        math.isclose(row["mean"], means.get(row["group_value"], math.nan), rel_tol=1e-6, abs_tol=1e-6) for row in whole
    ):
        problems.append("totals are not the sums of the forecasts")
    return [f"{product}: {problem}" for problem in problems]


def _run_problems(product: str, runs: Collection[str]) -> list[str]:
    return [] if len(runs) == 1 else [f"{product}: {len(runs)} runs are shown"]


def leftover_problems(shop: Shop) -> list[str]:
    """Rows of unpublished runs in any table, runs that are still `running`, and locks that are still held."""
    status = {row["run_id"]: row["status"] for row in shop.select("SELECT run_id, status FROM forecast_run")}
    problems = [f"run {run} says that it is running" for run, state in status.items() if state == "running"]
    if shop.select("SELECT run_id FROM product_lock"):
        problems.append("a lock is held")
    kept = {run for run, state in status.items() if state in ("published", "superseded")}
    for table in (*FORECASTS, *HINDSIGHT):
        problems += _unexpected(table, _column(shop, table, "run_id"), kept)
    problems += _unexpected("next_visit_stored", _stored_runs(shop), kept)
    problems += _unexpected("run_shard", _column(shop, "run_shard", "run_id"), kept)
    explained = {run for run, state in status.items() if state in ("failed", "published", "superseded")}
    problems += _unexpected("rejected_row", _column(shop, "rejected_row", "run_id"), explained)
    versions = _column(shop, "model_version", "model_version")
    problems += _unexpected("model_version", {name[-8:] for name in versions}, {run[-8:] for run in kept})
    return problems + _unexpected("evaluation", _column(shop, "evaluation", "model_version"), versions)


def _stored_runs(shop: Shop) -> set[str]:
    """The runs of the rows of next visits; the number of a run that the ledger does not know, as text."""
    runs = shop.select("SELECT run_number, run_id FROM forecast_run WHERE product = 'next_visit'")
    known = {row["run_number"]: row["run_id"] for row in runs}
    stored = shop.select("SELECT DISTINCT run_number FROM next_visit_stored")
    return {known.get(row["run_number"], str(row["run_number"])) for row in stored}


def _column(shop: Shop, table: str, column: str) -> set[str]:
    rows = shop.select(f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL")  # noqa: S608 our own
    return {row[column] for row in rows}


def _unexpected(table: str, present: set[str], published: set[str]) -> list[str]:
    return [f"{table} has rows of {name}, which no published run has" for name in sorted(present - published)]


def aftermath(shop: Shop, as_of: datetime.date, *, is_over: bool = False) -> list[str]:
    """What is wrong after a night with a fault, and after the next night, which runs without help.

    Args:
        shop: the shop to check.
        as_of: the as-of of both nights.
        is_over: the night with the fault was published: it has to be shown, and no other night is run.
    """
    problems = view_problems(shop, [as_of] if is_over else [shop.last, as_of])
    if not is_over:
        again = shop.run(as_of, "--retrain", "never")
        if again.code != 0:
            return [*problems, f"the next night ended with exit code {again.code}: {again.output[-300:]}"]
        problems += view_problems(shop, [as_of])
    shop.last = as_of
    return problems + leftover_problems(shop)
