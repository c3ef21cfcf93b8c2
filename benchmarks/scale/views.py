"""What readers wait for, and how much room a night takes in the database."""

from __future__ import annotations

import statistics
import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL

from benchmarks import console_script
from benchmarks.scale.shop import FIRST_ID, ID_STEP

REPEATS = 20
ONE_CUSTOMER = "SELECT * FROM latest_next_visit WHERE customer_id = :customer"
DUE = "SELECT * FROM rpt_customers_due LIMIT 50"
BYTES = """
SELECT coalesce(sum(pg_total_relation_size(relation.oid)), 0) FROM pg_class AS relation
INNER JOIN pg_namespace AS space ON space.oid = relation.relnamespace
WHERE space.nspname = 'nightcast' AND relation.relkind IN ('r', 'p', 'm')
"""
"""A table's size includes its indexes."""


def stored_bytes(url: URL) -> int:
    """Bytes of Nightcast's tables and indexes on PostgreSQL."""
    with console_script.reader(url).connect() as connection:
        return int(connection.execute(sa.text(BYTES)).scalar_one())


def milliseconds(url: URL, customers: int) -> dict[str, float]:
    """The median milliseconds of each query, by the name of its figure."""
    step = max(1, customers // REPEATS)
    some = [{"customer": str(FIRST_ID + ID_STEP * code)} for code in range(0, customers, step)]
    with console_script.reader(url).connect() as connection:
        return {
            "view_one_customer_ms": _median(connection, ONE_CUSTOMER, some),
            "view_customers_due_ms": _median(connection, DUE, [{}] * 5),
        }


def _median(connection: sa.Connection, query: str, parameters: list[dict[str, Any]]) -> float:
    seconds = []
    for one in parameters:
        begin = time.perf_counter()
        rows = connection.execute(sa.text(query), one).fetchall()
        seconds.append(time.perf_counter() - begin)
        assert rows  # noqa: S101 - a query of nothing would look fast
    return 1000.0 * statistics.median(seconds)
