"""Proposals for CSV and Parquet files."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from nightcast.errors import InputError
from tasks.loading.files.batches import as_texts, distinct_names
from tasks.loading.files.opening import open_file
from tasks.proposing.columns import columns_of, columns_of_periods
from tasks.proposing.database import Findings, found
from tasks.proposing.proposal import Look

SUFFIXES = (".csv", ".csv.gz", ".tsv", ".txt", ".parquet")
SAMPLE_ROWS = 2_000
"""Rows at the beginning of a file, or of all files with the same columns, that are looked at."""

LEAST_ROWS = 50
"""Rows of each of many files."""


def files_in(target: Path) -> list[Path]:
    """The files of a folder that may hold rows, or the file itself; rejected rows of earlier loads are none."""
    if not target.is_dir():
        return [target]
    names = sorted(path for path in target.iterdir() if path.is_file())
    return [path for path in names if path.name.lower().endswith(SUFFIXES) and ".rejected." not in path.name]


def look_at_files(paths: Sequence[Path], now: datetime.datetime) -> Findings:
    """Look at the first rows of each file, and propose which hold the visits and the sales.

    Files with the same columns, such as one for each day, are looked at as one: each alone may have too few rows.
    """
    alike: dict[tuple[str, ...], list[Path]] = {}
    problems = []
    for path in paths:
        try:
            alike.setdefault(tuple(open_file(path, []).names), []).append(path)
        except InputError as error:
            problems.append(str(error))
    looks = []
    for files in alike.values():
        look, wrong = _look(files, now)
        problems += [*wrong, *_periods(look)]
        looks.append(look)
    return found(looks, tuple(problems), len(paths))


def _look(files: Sequence[Path], now: datetime.datetime) -> tuple[Look, list[str]]:
    """The look at files with the same columns, and what is wrong with some of them."""
    texts, read, problems = [], [], []
    for path in files:
        try:
            texts.append(_first_rows(path, max(SAMPLE_ROWS // len(files), LEAST_ROWS)))
            read.append(str(path))
        except InputError as error:
            problems.append(str(error))
    columns = pa.concat_tables(texts).combine_chunks() if texts else pa.table({})
    values = {name: columns[name].combine_chunks() for name in columns.column_names}
    first, *others = read or [str(files[0])]
    return Look(first, columns_of(values, {}, now), columns.num_rows, also=tuple(others)), problems


def _first_rows(path: Path, rows: int) -> pa.Table:
    file = open_file(path, [])
    batch = next((batch for batch in file.batches() if len(batch.lines)), None)
    if batch is None:
        return pa.table({name: pa.array([], pa.string()) for name in distinct_names(file.names)})
    return pa.table({name: as_texts(one.slice(0, rows)) for name, one in batch.columns.items()})


def _periods(look: Look) -> list[str]:
    problem = columns_of_periods(look.columns)
    return [f"{look.name} {problem}"] if problem else []
