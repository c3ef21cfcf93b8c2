"""What is selected from a source: each column in a form that keeps its values exact, and that no value makes fail.

Identifiers stay apart. A whole number is its decimal form, whatever type the column has: 17850 is ``17850`` in a column
of doubles, too. A number that the column cannot hold exactly could be another one: it is `UNREADABLE`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

Expression = sa.ColumnElement[Any]

UNREADABLE = "\ufffd"
"""What is read in place of a value that is no text: the replacement character is no identifier, moment or number."""

INEXACT = {"float2": 2.0**11, "float4": 2.0**24, "float8": 2.0**53}
"""From here on, several whole numbers are the same floating-point number."""

WHOLE = {"int2", "int4", "int8"}
"""PostgreSQL's types of whole numbers."""

_PLAIN_NUMBERS = {*WHOLE, "float4", "float8"}
DECIMALS = {"numeric", "money"}
"""PostgreSQL's types of exact decimals, which come as text: the server would write them as text for a double, too."""

_JSON = {"json", "jsonb"}
_PLAIN_MOMENTS = {"date", "timestamp", "timestamptz"}


def holds_single_values(kind: str, type_name: str) -> bool:
    """Whether a column of this PostgreSQL type can hold identifiers, moments or numbers, and not what contains them."""
    return not type_name.endswith("[]") and type_name != "bytea" and (kind == "number" or type_name not in _JSON)


def postgresql_expression(plain: Expression, kind: str, type_name: str) -> Expression:
    """The expression that PostgreSQL selects for a column of this kind and type."""
    if kind == "number" and type_name == "money":  # as text it is written as the server's locale is
        return sa.cast(sa.cast(plain, sa.Numeric), sa.Text)
    if kind == "number" and type_name in _PLAIN_NUMBERS:
        return sa.cast(plain, sa.Double)
    is_plain = {"moment": _PLAIN_MOMENTS, "identifier": INEXACT, "whole": WHOLE}
    if type_name in is_plain.get(kind, ()):
        return plain
    return sa.cast(plain, sa.Text)


def sqlite_expression(plain: Expression, kind: str) -> Expression:
    """The expression that SQLite selects for a column of this kind: it types values, not columns.

    Of a subject, a whole number stays one.
    """
    if kind == "number":
        return sa.case({constant("blob"): UNREADABLE}, value=sa.func.typeof(plain), else_=plain)
    return exact_text(plain) if kind == "subject" else exact_text(plain, integer=sa.cast(plain, sa.Text))


def exact_text(plain: Expression, **by_type: Expression) -> Expression:
    """A value of SQLite: text as it is, and a floating-point number as text; at worst `UNREADABLE`.

    Args:
        plain: the column.
        by_type: in place of values of other types, which stay as they are.
    """
    text, whole = sa.cast(plain, sa.Text), sa.cast(plain, sa.Integer)
    real = sa.case(
        (sa.func.abs(plain) >= INEXACT["float8"], UNREADABLE),
        (plain == whole, sa.cast(whole, sa.Text)),
        (sa.cast(text, sa.REAL) == plain, text),  # 15 digits
        else_=sa.func.printf("%!.17g", plain),
    )
    # The types of most values first.
    chosen = {"text": plain, "integer": plain, "null": plain, **by_type, "blob": constant(UNREADABLE)}
    return sa.case({constant(name): value for name, value in chosen.items()}, value=sa.func.typeof(plain), else_=real)


def constant(text: str) -> Expression:
    """A text without apostrophes in a statement: SQLite would look a parameter up again for every row."""
    return sa.literal_column(f"'{text}'", sa.Text)


def mysql_expression(plain: Expression, kind: str, type_name: str) -> Expression:
    """The expression that MySQL or MariaDB selects for a column of this kind and type."""
    if kind == "number" or (kind == "identifier" and type_name == "text"):
        return plain  # a cast would replace bytes that are no text, and so merge identifiers
    if kind == "identifier" and type_name in INEXACT:
        return plain * sa.literal_column("1e0")  # a FLOAT is shown with six digits
    return sa.cast(plain, sa.String)


def identifiers(values: pa.Array, type_name: str) -> pa.Array:
    """The values of a selected column as identifiers, text; null where there is none, else at worst `UNREADABLE`."""
    if pa.types.is_floating(values.type):
        return _exact(values, INEXACT.get(type_name, INEXACT["float8"]))
    texts = decoded(values)
    return pc.replace_substring_regex(texts, r"\.0+$", "") if type_name == "numeric" else texts


def _exact(numbers: pa.Array, inexact: float) -> pa.Array:
    """Floating-point numbers as text; null where there is no number."""
    is_exact = pc.less(pc.abs(numbers), inexact)
    whole = pc.if_else(is_exact, numbers, 0).cast(pa.int64(), safe=False)
    texts = pc.if_else(pc.equal(pc.trunc(numbers), numbers), whole.cast(pa.string()), numbers.cast(pa.string()))
    texts = pc.if_else(is_exact, texts, UNREADABLE)
    return pc.if_else(pc.is_nan(numbers), pa.scalar(None, pa.string()), texts)


def decoded(values: pa.Array) -> pa.Array:
    """Texts, or bytes that should be UTF-8, as text; `UNREADABLE` where they are not."""
    raw = values.cast(pa.binary())
    try:
        return raw.cast(pa.string())
    except pa.ArrowInvalid:
        readable = pa.array(raw.to_pandas().str.decode("utf-8", errors="ignore"), pa.string(), from_pandas=True)
        is_whole = pc.equal(pc.binary_length(readable), pc.binary_length(raw))
        return pc.if_else(is_whole, readable, UNREADABLE)


def array_of(values: Sequence[Any], kind: str, type_name: str) -> pa.Array:
    """Values from a cursor, of a column of this kind and type."""
    if kind == "subject":
        return _subjects(values, type_name)
    if kind == "identifier":
        return identifiers(pa.array(values, pa.float64() if type_name in INEXACT else None), type_name)
    if kind == "moment":
        return decoded(pa.array(values, pa.binary()))
    try:
        return pa.array(values, pa.float64())
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # SQLite types values, not columns: a column of numbers may hold text
        return decoded(pa.array([_as_bytes(value) for value in values], pa.binary()))


def _subjects(values: Sequence[Any], type_name: str) -> pa.Array:
    """Whole numbers if all are such, else text."""
    try:
        return pa.array(values, pa.int64())
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return whole_numbers(array_of([_as_bytes(value) for value in values], "identifier", type_name))


def whole_numbers(texts: pa.Array) -> pa.Array:
    """Texts as whole numbers if all are such in their one decimal form; else the same texts."""
    try:
        numbers = texts.cast(pa.int64())
    except pa.ArrowInvalid:
        return texts
    return numbers if numbers.cast(pa.string()).equals(texts) else texts


def _as_bytes(value: Any) -> bytes | None:
    return value if value is None or isinstance(value, bytes) else str(value).encode()
