"""Telling good rows from bad."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from nightcast.errors import InputError
from nightcast.rejections import Rejections
from sql.source.filling import Kind
from tasks.loading.batches import Batch, MalformedRow
from tasks.loading.converting import Converter
from tasks.loading.faults import Fault, Faults
from tasks.loading.rejected import RejectedFile
from tasks.loading.texts import as_texts


class Checker:
    """Turns batches of a file into rows of the source table, and tallies what cannot be used.

    Args:
        kind: which source the rows are for.
        converter: reads the file's columns.
        rejected: where the rows go that cannot be used.

    Attributes:
        rejections: how many for which reason.
    """

    def __init__(self, kind: Kind, converter: Converter, rejected: RejectedFile) -> None:
        self.rejections = Rejections()
        self._kind, self._converter, self._rejected = kind, converter, rejected
        self._rows = 0

    def take(self, batch: Batch) -> pa.Table:
        """The usable rows of a batch, by our column names; the others are counted and kept."""
        faults = Faults(len(batch.lines))
        rows = self._converter.convert(batch.columns, faults)
        self._rows += len(batch.lines) + len(batch.malformed)
        if faults.found:
            self._reject(batch, faults)
        if batch.malformed:
            self._reject_malformed(batch.malformed)
        return rows.filter(pa.array(~faults.bad))

    def require_usable(self, path: Path) -> None:
        """Refuse a file of which no row, or for their dates only a small part, can be used.

        Raises:
            InputError: names the chief reason.
        """
        if not self._rows:
            raise InputError(f"{path} has a header and no rows.", "Nothing has been loaded.")
        if self._converter.unreadable_dates * 2 > self._rows:
            raise self._unreadable_dates(path)
        if self.rejections.rows == self._rows:
            chief = max(self.rejections, key=lambda rejection: rejection.rows)
            raise InputError(
                f"None of the {self._rows} rows of {path} can be used: {chief.reason} ({chief.rows} rows; "
                f"{chief.example}). Nothing has been loaded.",
                "Check which column is named for what.",
            )

    def _unreadable_dates(self, path: Path) -> InputError:
        converter = self._converter
        return InputError(
            f"{converter.unreadable_dates} of {self._rows} rows of {path} have a date that is not "
            f"{converter.date_format}, such as {' and '.join(map(repr, converter.shown_dates))}. "
            "Nothing has been loaded.",
            "Say how the dates are written: --date-format '%d/%m/%Y' reads 31/12/2024, "
            "--date-format '%m/%d/%Y %H:%M' reads 12/31/2024 17:45.",
        )

    def _reject(self, batch: Batch, faults: Faults) -> None:
        for fault in faults.found:
            self.rejections.add(self._kind, fault.reason, fault.rows.size, _example(batch, fault))
        rows, reasons = faults.by_row()
        columns = [as_texts(column.take(rows)) for column in batch.columns.values()]
        self._rejected.write(columns, reasons, batch.lines[rows])

    def _reject_malformed(self, malformed: Sequence[MalformedRow]) -> None:
        width = self._rejected.width
        reasons = [f"{len(row.fields)} fields instead of {width}" for row in malformed]
        for row, reason in zip(malformed, reasons, strict=True):
            self.rejections.add(self._kind, "wrong number of fields", 1, f"line {row.line}: {reason}")
        fitted = zip(*(row.fitted(width) for row in malformed), strict=True)
        columns = [pa.array(fields, pa.string()) for fields in fitted]
        lines = [row.line for row in malformed]
        self._rejected.write(columns, [f"wrong number of fields: {reason}" for reason in reasons], lines)


def _example(batch: Batch, fault: Fault) -> str:
    row = int(fault.rows[0])
    line = f"line {batch.lines[row]}"
    if fault.column is None:
        return line
    value = as_texts(batch.columns[fault.column].slice(row, 1))[0].as_py()
    return f"{line}: {fault.column} is {value[:40]!r}"
