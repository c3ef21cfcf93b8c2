"""Separating usable rows from those to reject."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from nightcast.errors import InputError
from nightcast.rejections import Rejections
from sql.settings import SourceName
from tasks.conversion.numbers import NO_NUMBER
from tasks.loading.converting import Converter
from tasks.loading.files.batches import Batch, Fault, Faults, MalformedRow, as_texts
from tasks.loading.rejected import RejectedFile

FEW_SWAPPED = 0.01
"""The share of rows with day and month in another order from which on the others may be misread."""

_FIELDS = "wrong number of fields"


class Checker:
    """Turns batches of a file into rows of the source table, and counts and keeps the rows that it rejects.

    Args:
        source_name: the source that the rows belong to.
        converter: converts the file's columns.
        rejected: the file for rejected rows.

    Attributes:
        rejections: the rejected rows by reason.
    """

    def __init__(self, source_name: SourceName, converter: Converter, rejected: RejectedFile) -> None:
        self.rejections = Rejections()
        self._source_name, self._converter, self._rejected = source_name, converter, rejected
        self._rows = 0

    def usable_rows(self, batch: Batch) -> pa.Table:
        """The usable rows of a batch, by our column names; the others are rejected."""
        faults = Faults(len(batch.lines))
        rows = self._converter.convert(batch.columns, faults)
        self._rows += len(batch.lines) + len(batch.malformed)
        if faults.entries:
            self._reject(batch, faults)
        if batch.malformed:
            self._reject_malformed(batch.malformed)
        return rows.filter(pa.array(~faults.bad))

    def require_usable(self, path: Path) -> None:
        """Check that some rows of the file can be used, and at least half of its dates can be read, as what they are.

        Raises:
            InputError: if not; names the most frequent reason.
        """
        if not self._rows:
            raise InputError(f"{path} has a header and no rows.", "Export the file again with its rows.")
        moments = self._converter.moments
        may_be_swapped = moments.unreadable >= FEW_SWAPPED * self._rows and moments.are_swapped
        if moments.unreadable * 2 > self._rows or moments.are_weeks or may_be_swapped:
            raise self._unreadable_dates(path)
        if self.rejections.rows == self._rows:
            most = max(self.rejections, key=lambda rejection: rejection.rows)
            raise InputError(
                f"None of the {self._rows} rows of {path} can be used: {most.reason} ({most.rows} rows; "
                f"{most.example}). Nothing was loaded.",
                _remedy(most.reason),
            )

    def _unreadable_dates(self, path: Path) -> InputError:
        moments = self._converter.moments
        return InputError(
            f"{moments.unreadable} of {self._rows} rows of {path} have a date that is not "
            f"{moments.form}, such as {' and '.join(map(repr, list(moments.shown)[:2]))}. "
            "Nothing was loaded.",
            moments.remedy()
            or "Give the format of the dates: --date-format '%d/%m/%Y' reads 31/12/2024, "
            "--date-format '%m/%d/%Y %H:%M' reads 12/31/2024 17:45; or check which column holds them.",
        )

    def _reject(self, batch: Batch, faults: Faults) -> None:
        for fault in faults.entries:
            self.rejections.add(self._source_name, fault.reason, fault.rows.size, _example(batch, fault))
        rows, reasons = faults.by_row()
        columns = [as_texts(column.take(rows)) for column in batch.columns.values()]
        self._rejected.write(columns, reasons, batch.lines[rows])

    def _reject_malformed(self, malformed: Sequence[MalformedRow]) -> None:
        width = self._rejected.width
        reasons = [f"{len(row.fields)} fields instead of {width}" for row in malformed]
        for row, reason in zip(malformed, reasons, strict=True):
            self.rejections.add(self._source_name, _FIELDS, 1, f"line {row.line}: {reason}")
        fitted = zip(*(row.fitted(width) for row in malformed), strict=True)
        columns = [pa.array(fields, pa.string()) for fields in fitted]
        lines = [row.line for row in malformed]
        self._rejected.write(columns, [f"{_FIELDS}: {reason}" for reason in reasons], lines)


def _remedy(reason: str) -> str:
    """What to do about rows of which none can be used."""
    if reason == _FIELDS:
        return "A delimiter inside a field, such as a decimal comma, needs quotes around the field."
    if reason.endswith(NO_NUMBER):
        return "Check that each option names the right column; --decimal and --thousands say how numbers are written."
    return "Check that each option names the right column."


def _example(batch: Batch, fault: Fault) -> str:
    row = int(fault.rows[0])
    line = f"line {batch.lines[row]}"
    if fault.column is None:
        return line
    value = as_texts(batch.columns[fault.column].slice(row, 1))[0].as_py()
    return f"{line}: {fault.column} is {value[:40]!r}"
