"""Rows of a file in batches, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sql.source.expressions import decoded, identifiers

EXACT_WIDTHS = {16: "float2", 32: "float4"}
"""The names of narrow floating-point types, by their bits."""


@dataclass(frozen=True)
class MalformedRow:
    """A line of a CSV file with too few or too many fields."""

    line: int
    fields: tuple[str, ...]

    def is_whole(self, width: int) -> bool:
        """Whether it has `width` fields, and at most delimiters behind the last of them."""
        return len(self.fields) >= width and not any(self.fields[width:])

    def fitted(self, width: int) -> tuple[str, ...]:
        """Exactly `width` fields: missing ones are empty, and excess ones are joined to the last."""
        joined = (*self.fields[: width - 1], ",".join(self.fields[width - 1 :]))
        return joined + ("",) * (width - len(joined))


@dataclass(frozen=True)
class Batch:
    """Some rows of a file.

    Attributes:
        columns: the file's columns by their distinct names, each of shape (n,).
        lines: int64 (n,), the line of a CSV file on which each row starts, or the number of a Parquet row, from 1.
        malformed: lines that are not rows.
    """

    columns: dict[str, pa.Array]
    lines: NDArray[np.int64]
    malformed: Sequence[MalformedRow] = ()


@dataclass(frozen=True)
class Fault:
    """One reason to reject rows of a batch.

    Attributes:
        reason: the reason, in words.
        column: the file's column that is wrong, None if its value may not be shown.
        rows: int64 (m,), the positions of the rows, ascending and not empty.
    """

    reason: str
    column: str | None
    rows: NDArray[np.int64]


class Faults:
    """The faults of a batch; only the first fault of a row counts.

    Args:
        rows: the number of rows in the batch.

    Attributes:
        entries: each with the rows whose first fault it is.
        bad: bool (n,), the rows with a fault.
    """

    def __init__(self, rows: int) -> None:
        self.entries: list[Fault] = []
        self.bad: NDArray[np.bool_] = np.zeros(rows, dtype=np.bool_)

    def add(self, bad: NDArray[np.bool_], reason: str, column: str | None = None) -> NDArray[np.int64]:
        """Add a fault of the rows in `bad`, bool (n,); returns the positions of the rows without an earlier fault."""
        fresh = np.flatnonzero(bad & ~self.bad)
        self.bad[fresh] = True
        if fresh.size:
            self.entries.append(Fault(reason, column, fresh))
        return fresh

    def by_row(self) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
        """The positions of all bad rows, ascending, and the reason of each; requires at least one fault."""
        rows = np.concatenate([fault.rows for fault in self.entries])
        reasons = np.array([fault.reason for fault in self.entries], dtype=np.object_)
        order = np.argsort(rows)
        return rows[order], reasons.repeat([fault.rows.size for fault in self.entries])[order]


def distinct_names(names: Sequence[str]) -> list[str]:
    """Names of columns, those that repeat an earlier one with their number behind it."""
    return [name if name not in names[:place] else f"{name} ({place + 1})" for place, name in enumerate(names)]


def is_bytes(kind: pa.DataType) -> bool:
    """Whether a column of this type holds bytes."""
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind))


def is_number(kind: pa.DataType) -> bool:
    """Whether a column of this type holds numbers."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def as_texts(column: pa.Array) -> pa.Array:
    """Any column as text, nulls as empty text; whole numbers have no fraction, even if stored as doubles.

    Bytes that are not UTF-8 are `sql.source.expressions.UNREADABLE`.
    """
    if is_bytes(column.type):
        return decoded(column).fill_null("")
    if pa.types.is_decimal(column.type):
        return identifiers(column.cast(pa.string()), "numeric").fill_null("")
    if pa.types.is_floating(column.type):
        with suppress(pa.ArrowInvalid):
            column = column.cast(pa.int64())
    try:
        return column.cast(pa.string()).fill_null("")
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.array(["" if value is None else str(value) for value in column.to_pylist()], pa.string())


def as_identifiers(column: pa.Array) -> pa.Array:
    """Any column as identifiers, nulls as empty text; `UNREADABLE` where the value could be another one, too.

    The form of an identifier depends on no other row: a whole number never has an exponent.
    """
    if not pa.types.is_floating(column.type):
        return as_texts(column)
    exact = EXACT_WIDTHS.get(column.type.bit_width, "float8")
    return identifiers(column.cast(pa.float64()), exact).fill_null("")


def nulls_for_nan(column: pa.Array) -> pa.Array:
    """Programs write NaN where a number is missing."""
    if not pa.types.is_floating(column.type):
        return column
    return pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
