"""The columns of the tables that the user brings, by our names: what they hold."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.types import NullType, TypeEngine

from nightcast.errors import InputError
from sql.types import Identifier

MOMENTS = ("visited_at", "period")
NUMBERS = ("amount", "value")

TYPES: dict[str, TypeEngine[Any]] = {
    "customer_id": Identifier,
    "series_id": Identifier,
    "name": Identifier,
    "visited_at": sa.Date().with_variant(sa.Text(), "sqlite").with_variant(sa.String(64), "mysql", "mariadb"),
    "period": sa.Date(),
    "amount": sa.Double(),
    "value": sa.Double(),
}
"""What a column is in a table that we make."""


def require_type(table: str, ours: str, theirs: str, found: TypeEngine[Any]) -> None:
    """Refuse a column that would change what is put into it."""
    text_or_any = sa.String | NullType
    fits = text_or_any | sa.Date | sa.DateTime if ours in MOMENTS else text_or_any
    if ours in NUMBERS or isinstance(found, fits):
        return
    wanted = "dates, timestamps or text" if ours in MOMENTS else "text, so that 00001 stays 00001"
    raise InputError(
        f"The column {theirs!r} of the table {table!r} is {found}; `nightcast load` needs it to hold {wanted}.",
        f"Change the column's type, or load into a new table: set another table for {ours}'s source in the settings.",
    )


def moments_as_text(moments: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Moments as ISO 8601 text, shape (n,): dates alone, times without a fraction where it is none."""
    if not pa.types.is_timestamp(moments.type):
        return moments.cast(pa.string())
    exact = moments.cast(pa.timestamp("us"))
    seconds = exact.cast(pa.timestamp("s"), safe=False)
    is_whole = pc.equal(seconds.cast(pa.timestamp("us")), exact)
    return pc.if_else(is_whole, seconds.cast(pa.string()), exact.cast(pa.string()))
