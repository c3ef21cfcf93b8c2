"""The visits that a study is made on, from a file or generated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from models.common.arrays import Days
from nightcast.errors import InputError
from studies.intervals.generated import customer_base
from studies.intervals.settings import Settings
from studies.intervals.sources import DatabaseSource, FileSource
from studies.intervals.visits import Visits


def read(settings: Settings, folder: Path) -> Visits:
    """The visits of a study, read from its file or generated; those of the database are read by the caller.

    Args:
        settings: Of the study.
        folder: What its file is relative to.

    Raises:
        InputError: if the file or a column is not there, a customer is missing, a time cannot be read, or the visits
            are those of the database.
    """
    source = settings.visits
    if isinstance(source, DatabaseSource):
        raise InputError("The visits of this study are in the database.", "Run it with a database.")
    if isinstance(source, FileSource):
        return read_file(folder / source.file, source.customer_id, source.visited_at)
    return customer_base(source.customers, source.days, source.seed)


def read_file(path: Path, customer_id: str, visited_at: str) -> Visits:
    """Visits from a CSV file, in any order.

    Args:
        path: Of the file.
        customer_id: Its column of customers; any text.
        visited_at: Its column of dates or times (ISO 8601); the day is the one written, whatever the time zone.

    Raises:
        InputError: if the file or a column is not there, a customer is missing or a time cannot be read.
    """
    rows = _rows(path)
    for column in (customer_id, visited_at):
        if column not in rows:
            known = ", ".join(map(repr, rows.columns))
            raise InputError(f"{path} has no column {column!r}, only {known}.", "Name the column that is meant.")
    if rows[customer_id].isna().any():
        line = int(np.argmax(rows[customer_id].isna())) + 2
        raise InputError(f"Line {line} of {path} has no {customer_id}.", "Complete or remove it.")
    return Visits.from_rows(pd.factorize(rows[customer_id])[0], _days(rows[visited_at], path))


def _rows(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype=str)
    except FileNotFoundError:
        raise InputError(f"There is no file {path}.", "Correct file in the study's [visits].") from None
    except (OSError, ValueError) as error:  # pandas' own errors of form are ValueErrors
        raise InputError(f"{path} cannot be read as CSV: {error}.", "Correct the file.") from error


def _days(moments: pd.Series[str], path: Path) -> Days:
    """Days since 1970-01-01."""
    days = pd.to_datetime(moments.str.strip().str[:10], format="%Y-%m-%d", errors="coerce")
    if days.isna().any():
        line = int(np.argmax(days.isna())) + 2
        raise InputError(
            f"The column {moments.name!r} of {path} has no date that can be read in line {line}.",
            "Write 2026-01-31, or 2026-01-31 14:03:51.",
        )
    return days.to_numpy().astype("datetime64[D]").astype(np.int32)
