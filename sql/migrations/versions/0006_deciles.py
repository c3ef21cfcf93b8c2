"""The deciles of sales forecasts that were not kept before.

Those of forecasts that are published already are drawn between their neighbours.

Revision: 0006, after 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0006"
down_revision = "0005"

_BETWEEN = {"q20": ("q10", "q50"), "q30": ("q10", "q50"), "q40": ("q10", "q50")} | {
    "q60": ("q50", "q90"),
    "q70": ("q50", "q90"),
    "q80": ("q50", "q90"),
}
"""The kept quantiles below and above each new one."""


def upgrade() -> None:
    """Add the columns, fill them, and let no row lack them."""
    schema, changed = context.config.attributes["schema"], op.get_bind().dialect.name != "sqlite"
    for name in _BETWEEN:
        op.add_column("sales_forecast", sa.Column(name, sa.Double(), nullable=False, server_default="0"), schema=schema)
    table = sa.table("sales_forecast", *(sa.column(name, sa.Double) for name in ("q10", "q50", "q90", *_BETWEEN)))
    table.schema = schema
    op.execute(sa.update(table).values({name: _between(table, name) for name in _BETWEEN}))
    for name in _BETWEEN if changed else ():  # SQLite would copy the whole table; its default is never used
        op.alter_column("sales_forecast", name, existing_type=sa.Double(), server_default=None, schema=schema)


def _between(table: sa.TableClause, name: str) -> sa.ColumnElement[float]:
    below, above = (table.c[one] for one in _BETWEEN[name])
    share = (int(name[1:]) - int(_BETWEEN[name][0][1:])) / 40
    return below + (above - below) * share
