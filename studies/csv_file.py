"""CSV files of studies."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from nightcast.errors import InputError


def read_csv(path: Path, columns: Iterable[str], section: str, dtype: type[str] | None = None) -> pd.DataFrame:
    """The rows of a CSV file that has certain columns.

    Args:
        path: The file.
        columns: Columns that it must have.
        section: The section of the study file that names it, for the message.
        dtype: The type of all columns; inferred when left out.

    Raises:
        InputError: if the file or a column does not exist, or the file is not CSV.
    """
    try:
        rows = pd.read_csv(path, dtype=dtype)
    except FileNotFoundError:
        raise InputError(f"There is no file {path}.", f"Correct file in the study's {section}.") from None
    except (OSError, ValueError) as error:  # pandas' parser errors are ValueErrors
        raise InputError(f"{path} cannot be read as CSV: {error}.", "Correct the file.") from error
    for column in columns:
        if column not in rows:
            known = ", ".join(map(repr, rows.columns))
            raise InputError(f"{path} has no column {column!r}, only {known}.", "Name one of its columns.")
    return rows
