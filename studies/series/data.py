"""Reads the series of a study, or generates them."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.common.arrays import Floats
from nightcast.errors import InputError
from studies.csv_file import read_csv
from studies.data import DatabaseRows, SeriesData
from studies.series.generated import mackey_glass, noisy_sine
from studies.series.settings import Settings
from studies.series.sources import DatabaseSource, FileSource, MackeyGlass, NoisySine, Unknown

Dates: TypeAlias = NDArray[np.datetime64]


def read(settings: Settings, folder: Path, database: DatabaseRows) -> dict[str, SeriesData]:
    """The series of a study by name.

    Args:
        settings: Settings of the study.
        folder: What its files are relative to.
        database: Where series with a ``series_id`` come from.

    Raises:
        InputError: if a file, a column or a series does not exist, or a value is no number.
    """
    data, series_ids = dict[str, SeriesData](), dict[str, str]()
    for name, source in settings.series.items():
        if isinstance(source, DatabaseSource):
            series_ids[name] = source.series_id
        elif isinstance(source, FileSource):
            data[name] = read_file(folder / source.file, source.period, {name: source.value})
        else:
            data[name] = SeriesData(generated(source)[:, None], None, (name,))
    return data | database.series(series_ids) if series_ids else data


def generated(source: NoisySine | MackeyGlass) -> Floats:
    """The values of a series that a formula makes, (n,)."""
    parameters = source.model_dump(exclude={"generate"})
    return noisy_sine(**parameters) if isinstance(source, NoisySine) else mackey_glass(**parameters)


def read_file(path: Path, period: str | None, columns: dict[str, str]) -> SeriesData:
    """Series from a CSV file.

    Args:
        path: Path of the file.
        period: Its column of dates; None where rows are only numbered.
        columns: The column of each series, by the series' name.

    Raises:
        InputError: if the file or a column does not exist, a value is no number, or the dates do not rise.
    """
    rows = read_csv(path, [*columns.values(), *([] if period is None else [period])], "[series]")
    values = np.stack([_numbers(rows[column], path) for column in columns.values()], axis=1)
    return SeriesData(values, None if period is None else _dates(rows[period], path), tuple(columns))


def _numbers(column: pd.Series[str], path: Path) -> Floats:
    try:
        return pd.to_numeric(column).to_numpy(np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"The column {column.name!r} of {path} is not all numbers: {error}.", "Correct it.") from error


def _dates(column: pd.Series[str], path: Path) -> Dates:
    try:
        dates = pd.to_datetime(column, format="ISO8601").to_numpy().astype("datetime64[D]")
    except (TypeError, ValueError) as error:
        raise InputError(
            f"The column {column.name!r} of {path} is not all dates: {error}.", "Write them as 2026-01-31."
        ) from error
    if np.isnat(dates).any() or not (dates[1:] > dates[:-1]).all():
        raise InputError(f"The dates of {path} are not in rising order, or some are missing.", "Sort or complete them.")
    return np.asarray(dates)


def filled(name: str, values: Floats, unknown: Unknown) -> Floats:
    """The values (n,) without NaN.

    Args:
        name: Name of the series.
        values: NaN where unknown, but not everywhere.
        unknown: What unknown values count as: ``error``; ``previous``, the value before, or the first known value
            where there is none before; or ``zero``.

    Raises:
        InputError: if a value is unknown and that is an error.
    """
    known = np.isfinite(values)
    if known.all():
        return values
    if unknown == "zero":
        return np.where(known, values, 0.0)
    if unknown == "error":
        first, count = int(np.flatnonzero(~known)[0]) + 1, int((~known).sum())
        more = f", and so are {count - 1} more" if count > 1 else ""
        raise InputError(
            f"Value {first} of the series {name!r} is unknown{more}.",
            'Complete the source, or set unknown = "previous" or "zero" in [series].',
        )
    latest = np.maximum.accumulate(np.where(known, np.arange(len(values)), 0))
    latest[: known.argmax()] = known.argmax()
    return np.asarray(values[latest])
