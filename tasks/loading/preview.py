"""The first rows of a file as they would be loaded, without loading any."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from sql.filling.columns import MOMENTS, moments_as_text
from sql.settings import Source
from tasks.loading.converting import Converter
from tasks.loading.files.batches import Batch, Faults
from tasks.loading.files.opening import open_file
from tasks.loading.request import LoadRequest, time_zone
from tasks.loading.selection import SelectedFile
from tasks.loading.survey import survey

PREVIEW_ROWS = 10


@dataclass(frozen=True)
class Preview:
    """The first rows of a file.

    Attributes:
        rows: one dictionary for each row: its line, its values by our column names, and why it would be rejected.
        notes: what a person should know about the file.
    """

    rows: list[dict[str, Any]]
    notes: tuple[str, ...]


def preview_file(request: LoadRequest, source: Source, *, timezone: str, now: datetime.datetime) -> Preview:
    """Read the first rows of a file, in the same way as `load_file`.

    Args:
        request: what would be loaded, and how.
        source: the settings of the source.
        timezone: IANA name of the time zone in which a period with an offset falls on a day.
        now: the clock, aware.

    Raises:
        UsageError: if the request contradicts itself.
        InputError: if the file cannot be read, or its numbers can be read in two ways.
    """
    file = SelectedFile(open_file(request.path, request.wanted()), request.selection())
    found = survey(file, request)
    converter = Converter(request, found.number_form, time_zone(source, timezone), now)
    first = next((batch for batch in file.batches() if len(batch.lines)), None)
    rows = [] if first is None else _converted(_beginning(first), converter, list(request.columns))
    return Preview(rows, (*found.notes, *converter.notes()))


def _beginning(batch: Batch) -> Batch:
    columns = {name: column.slice(0, PREVIEW_ROWS) for name, column in batch.columns.items()}
    return Batch(columns, batch.lines[:PREVIEW_ROWS])


def _converted(batch: Batch, converter: Converter, names: list[str]) -> list[dict[str, Any]]:
    faults = Faults(len(batch.lines))
    rows = converter.convert(batch.columns, faults)
    reasons = np.full(len(batch.lines), None, dtype=np.object_)
    for fault in faults.entries:
        reasons[fault.rows] = fault.reason
    shown = {name: moments_as_text(rows[name]) if name in MOMENTS else rows[name] for name in names}
    values = {
        name: [None if bad else value for value, bad in zip(column.to_pylist(), faults.bad, strict=True)]
        for name, column in shown.items()
    }
    table = pa.table({"line": batch.lines, **values, "rejected": pa.array(reasons, pa.string())})
    return list(table.to_pylist())
