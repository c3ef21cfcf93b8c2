"""The columns of the source tables, by our names, and what they hold."""

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
"""Column types in a source table that we create."""

GROUP = "group "
"""Begins our name of a column of groups, such as stores; the rest is its name in the table."""


def type_of(ours: str) -> TypeEngine[Any]:
    """The type of a column in a source table that we create; groups are texts."""
    return TYPES.get(ours, Identifier)


def is_group(ours: str) -> bool:
    """Whether a column holds groups."""
    return ours.startswith(GROUP)


def require_type(table: str, ours: str, theirs: str, column_type: TypeEngine[Any]) -> None:
    """Check that a column stores its values unchanged.

    Args:
        table: the table's name, for messages.
        ours: our name of the column.
        theirs: its name in the table.
        column_type: its type.

    Raises:
        InputError: if the type would change the values.
    """
    text_or_any = sa.String | NullType
    fits = text_or_any | sa.Date | sa.DateTime if ours in MOMENTS else text_or_any
    if ours in NUMBERS or isinstance(column_type, fits):
        return
    wanted = "dates, timestamps or text" if ours in MOMENTS else "text, so that 00001 stays 00001"
    raise InputError(
        f"The column {theirs!r} of the table {table!r} is {column_type}; `nightcast load` needs it to hold {wanted}.",
        "Change the column's type, or load into a new table: set another table in the settings.",
    )


def moments_as_text(moments: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Dates and times as ISO 8601 text, shape (n,); times have a fraction only where it is not zero."""
    if not pa.types.is_timestamp(moments.type):
        return moments.cast(pa.string())
    exact = moments.cast(pa.timestamp("us"))
    seconds = exact.cast(pa.timestamp("s"), safe=False)
    is_whole = pc.equal(seconds.cast(pa.timestamp("us")), exact)
    return pc.if_else(is_whole, seconds.cast(pa.string()), exact.cast(pa.string()))
