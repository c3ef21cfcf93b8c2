"""Columns of SQLite in one text each, which Arrow takes apart.

SQLite's driver makes a Python object of every value, which takes several times as long as SQLite itself. So SQLite
joins the values of many rows, with a character between them that no usual value has. A number is joined as hundredths,
a whole number: hundredths and their double are the same number in SQLite and here, while the digits that SQLite writes
of a double are rounded.

What cannot be taken apart for certain is found by counting, and by hundredths that are none. It is left to a cursor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from sql.source.expressions import constant, decoded, exact_text, whole_numbers

Expression = sa.ColumnElement[Any]

SEPARATOR, NULL = "\x1f", "\x1e"
"""Between the values, and in place of one that is null: the separators of units and of records in ASCII."""

HUNDREDTHS = 100.0
NO_HUNDREDTHS = "x"


def packed(plain: Expression, kind: str) -> Expression:
    """What SQLite selects for a column of this kind: its values in one text."""
    value = _hundredths(plain) if kind == "number" else exact_text(plain, null=constant(NULL))
    return sa.func.group_concat(value, constant(SEPARATOR))


def _hundredths(plain: Expression) -> Expression:
    signed: Expression = UnaryExpression(plain, operator=custom_op("+"))  # has no affinity: a text equals no number
    scaled: Expression = plain * sa.literal_column("100")
    hundred: Expression = sa.literal_column(str(HUNDREDTHS))
    whole = [sa.cast(scaled + sa.literal_column(half), sa.Integer) for half in ("0.5", "-0.5")]
    exact = [(one.op("/", precedence=8)(hundred) == signed, one) for one in whole]
    return sa.case(*exact, (plain.is_(None), constant(NULL)), else_=constant(NO_HUNDREDTHS))


def unpacked(joined: bytes, kind: str, rows: int, nulls: Callable[[], int]) -> pa.Array | None:
    """The values of a packed column, one for each row, as a cursor gives them; None where that is not certain.

    Args:
        joined: the values in one text.
        kind: the kind of the column.
        rows: how many rows there are, at least one.
        nulls: tells how many values are null; called only where any may be.
    """
    separator, null = SEPARATOR.encode(), NULL.encode()
    missing = joined.count(null)
    if joined.count(separator) != rows - 1 or (missing and missing != nulls()):
        return None  # a value contains one of them
    values = pc.split_pattern(pa.array([joined], pa.large_binary()), separator).flatten()
    if missing:
        values = pc.if_else(pc.equal(values, null), pa.scalar(None, values.type), values)
    return _numbers(values) if kind == "number" else _texts(values, kind)


def _texts(values: pa.Array, kind: str) -> pa.Array:
    texts = decoded(values)
    return whole_numbers(texts) if kind == "subject" else texts


def _numbers(values: pa.Array) -> pa.Array | None:
    try:
        hundredths = values.cast(pa.string()).cast(pa.int64()).cast(pa.float64())
    except pa.ArrowInvalid:  # the values are no hundredths, or too large to be exact
        return None
    return pc.divide(hundredths, HUNDREDTHS)
