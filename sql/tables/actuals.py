"""What came: the values of periods that were forecast, so that readers need not see the sources."""

from __future__ import annotations

from sqlalchemy import Column, Date, Double, Table

from sql.tables.base import table
from sql.types import Identifier, UtcDateTime


def _actuals(name: str) -> Table:
    return table(
        name,
        "series and period that was forecast and is over",
        Column("series_id", Identifier, primary_key=True, comment="Series, as in the source."),
        Column("period", Date, primary_key=True, comment="Period, as the source labels it."),
        Column("value", Double, comment="Value of the period, as last seen in the source; null: unknown."),
        Column("first_seen_at", UtcDateTime, nullable=False, comment="When a night saw the value first."),
        Column("changed_at", UtcDateTime, comment="When a night last saw another value than before; null: never."),
    )


sales_actual = _actuals("sales_actual")
visit_count_actual = _actuals("visit_count_actual")
