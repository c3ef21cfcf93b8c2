"""The views of the morning find the rows of the latest run by an index, however many nights are kept."""

from __future__ import annotations

import re

import pytest

from sql.engine import Database
from sql.views.definitions import VIEWS

MORNING = (
    "latest_next_visit",
    "latest_next_visit_bin",
    "latest_sales_forecast",
    "latest_sales_total",
    "latest_visit_count_forecast",
    "latest_visit_count_total",
    "rpt_customers_due",
    "rpt_customers_lapsing",
    "rpt_customer_states",
    "rpt_sales_outlook",
    "rpt_sales_totals",
    "rpt_visits_ahead",
)
FORECASTS = r"(?:next_visit_stored|next_visit_day|(?:sales|visit_count)_(?:forecast|total))\b"
ALIASES = r"(?:forecast|stored|total|week|known)\b"
"""What the views call these tables: SQLite's plans name them so."""

RUN = "run_(?:id|number)"
ANY_READING = {
    "sqlite": rf"(?:SCAN|SEARCH) {ALIASES}",
    "postgresql": rf"Scan (?:Backward )?(?:using \S+ )?on {FORECASTS}",
}
BY_RUN = {
    "sqlite": rf"SEARCH {ALIASES} USING [^(]*\({RUN}=",
    "postgresql": rf"Index (?:Only )?Scan (?:Backward )?using \S+ on {FORECASTS}.*\n\s+Index Cond: .*{RUN}\b",
}


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("view", MORNING)
def test_no_view_reads_all_nights(database: Database, view: str) -> None:
    with database.engine.connect() as connection:
        if database.dialect == "postgresql":  # tables this small would be scanned
            connection.exec_driver_sql("SET enable_seqscan = off")
            connection.exec_driver_sql("SET enable_bitmapscan = off")
        explain = "EXPLAIN QUERY PLAN" if database.dialect == "sqlite" else "EXPLAIN"
        name = f"{database.schema}.{view}" if database.schema else view
        rows = connection.exec_driver_sql(f"{explain} SELECT * FROM {name}")
        plan = "\n".join(" ".join(map(str, row)) for row in rows)
    found = re.findall(BY_RUN[database.dialect], plan)
    assert found, plan
    assert len(found) == len(re.findall(ANY_READING[database.dialect], plan)), plan


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("view", VIEWS)
def test_no_view_reads_a_whole_table_for_every_row(database: Database, view: str) -> None:
    """SQLite makes no index for the rows of a subquery that it joins: 30,000 series would take minutes."""
    with database.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN SELECT * FROM {view}")
        plan = "\n".join(str(row[3]) for row in rows)
    assert re.findall(r"SCAN (?!ranked )\S+ LEFT-JOIN", plan) == []  # `ranked` has a row for each product
