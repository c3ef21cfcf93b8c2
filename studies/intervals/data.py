"""Reads the visits of a study, or generates them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from models.common.arrays import Days
from nightcast.errors import InputError
from studies.csv_file import read_csv
from studies.data import DatabaseRows, Visits
from studies.intervals.generated import customer_base
from studies.intervals.settings import Settings
from studies.intervals.sources import DatabaseSource, FileSource


def read(settings: Settings, folder: Path, database: DatabaseRows) -> Visits:
    """The visits of a study.

    Args:
        settings: Settings of the study.
        folder: What its file is relative to.
        database: Where the visits come from if ``database = true``.

    Raises:
        InputError: if there are no visits, a file or a column does not exist, a customer is missing, or a time cannot
            be read.
    """
    source = settings.visits
    if isinstance(source, DatabaseSource):
        return database.visits()
    if isinstance(source, FileSource):
        return read_file(folder / source.file, source.customer_id, source.visited_at)
    return customer_base(source.customers, source.days, source.seed)


def read_file(path: Path, customer_id: str, visited_at: str) -> Visits:
    """Visits from a CSV file, in any order.

    Args:
        path: Path of the file.
        customer_id: Its column of customers; any text.
        visited_at: Its column of dates or times (ISO 8601); the day is the one written, whatever the time zone.

    Raises:
        InputError: if the file or a column does not exist, a customer is missing or a time cannot be read.
    """
    rows = read_csv(path, (customer_id, visited_at), "[visits]", dtype=str)
    if rows[customer_id].isna().any():
        line = int(np.argmax(rows[customer_id].isna())) + 2
        raise InputError(f"Line {line} of {path} has no {customer_id}.", "Complete or remove it.")
    return Visits.from_rows(pd.factorize(rows[customer_id])[0], _days(rows[visited_at], path))


def _days(moments: pd.Series[str], path: Path) -> Days:
    """Days since 1970-01-01."""
    days = pd.to_datetime(moments.str.strip().str[:10], format="%Y-%m-%d", errors="coerce")
    if days.isna().any():
        line = int(np.argmax(days.isna())) + 2
        raise InputError(
            f"Line {line} of {path} has no valid date in the column {moments.name!r}.",
            "Write 2026-01-31, or 2026-01-31 14:03:51.",
        )
    return days.to_numpy().astype("datetime64[D]").astype(np.int32)
