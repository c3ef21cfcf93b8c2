"""The values that a study is made on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.common.arrays import Floats
from nightcast.errors import InputError
from studies.series.generated import mackey_glass, noisy_sine
from studies.series.settings import Settings
from studies.series.sources import DatabaseSource, FileSource, MackeyGlass, NoisySine, Source


@dataclass(frozen=True, eq=False)
class SeriesData:
    """One or more series over the same periods.

    Attributes:
        values: (n, k).
        periods: datetime64[D] (n,), rising; or None where periods are only numbered.
        names: Of the k series.
    """

    values: Floats
    periods: NDArray[np.datetime64] | None
    names: tuple[str, ...]


def read(settings: Settings, folder: Path) -> dict[str, SeriesData]:
    """The series of a study by name, read from files or generated; those of the database are left to the caller.

    Args:
        settings: Of the study.
        folder: What its files are relative to.

    Raises:
        InputError: if a file or a column is not there, or a value is no number.
    """
    sources = settings.series.items()
    return {name: _of(name, source, folder) for name, source in sources if not isinstance(source, DatabaseSource)}


def _of(name: str, source: Source, folder: Path) -> SeriesData:
    if isinstance(source, FileSource):
        return read_file(folder / source.file, source.period, {name: source.value})
    if isinstance(source, DatabaseSource):
        raise TypeError(f"The series {name!r} is in the database, which is read elsewhere.")
    return SeriesData(generated(source)[:, None], None, (name,))


def generated(source: NoisySine | MackeyGlass) -> Floats:
    """The values of a series that is made by a formula, (n,)."""
    parameters = source.model_dump(exclude={"generate"})
    return noisy_sine(**parameters) if isinstance(source, NoisySine) else mackey_glass(**parameters)


def read_file(path: Path, period: str | None, columns: dict[str, str]) -> SeriesData:
    """Series from a CSV file.

    Args:
        path: Of the file.
        period: Its column of dates; None where rows are only numbered.
        columns: The column of each series, by the series' name.

    Raises:
        InputError: if the file or a column is not there, a value is no number, or the dates do not rise.
    """
    rows = _rows(path)
    for column in [*columns.values(), *([] if period is None else [period])]:
        if column not in rows:
            known = ", ".join(map(repr, rows.columns))
            raise InputError(f"{path} has no column {column!r}, only {known}.", "Name the column that is meant.")
    values = np.stack([_numbers(rows[column], path) for column in columns.values()], axis=1)
    return SeriesData(values, None if period is None else _dates(rows[period], path), tuple(columns))


def _rows(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path)
    except FileNotFoundError:
        raise InputError(f"There is no file {path}.", "Correct file in the study's [series].") from None
    except (OSError, ValueError) as error:  # pandas' own errors of form are ValueErrors
        raise InputError(f"{path} cannot be read as CSV: {error}.", "Correct the file.") from error


def _numbers(column: pd.Series[str], path: Path) -> Floats:
    try:
        return pd.to_numeric(column).to_numpy(np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"The column {column.name!r} of {path} is not all numbers: {error}.", "Correct it.") from error


def _dates(column: pd.Series[str], path: Path) -> NDArray[np.datetime64]:
    try:
        dates = pd.to_datetime(column, format="ISO8601").to_numpy().astype("datetime64[D]")
    except (TypeError, ValueError) as error:
        raise InputError(
            f"The column {column.name!r} of {path} is not all dates: {error}.", "Write them as 2026-01-31."
        ) from error
    if np.isnat(dates).any() or not (dates[1:] > dates[:-1]).all():
        raise InputError(f"The dates of {path} are not in rising order, or some are missing.", "Sort or complete them.")
    return np.asarray(dates)
