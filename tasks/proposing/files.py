"""Proposals for CSV and Parquet files."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

from nightcast.errors import InputError
from tasks.loading.files.batches import as_texts
from tasks.loading.files.opening import open_file
from tasks.proposing.columns import columns_of
from tasks.proposing.database import Findings, found
from tasks.proposing.proposal import Look, Proposal

SUFFIXES = (".csv", ".csv.gz", ".tsv", ".txt", ".parquet")
SAMPLE_ROWS = 2_000
"""Rows at the beginning of a file that are looked at."""


def files_in(target: Path) -> list[Path]:
    """The files of a folder that may hold rows, or the file itself; rejected rows of earlier loads are none."""
    if not target.is_dir():
        return [target]
    names = sorted(path for path in target.iterdir() if path.is_file())
    return [path for path in names if path.name.lower().endswith(SUFFIXES) and ".rejected." not in path.name]


def look_at_files(paths: Sequence[Path], now: datetime.datetime) -> Findings:
    """Look at the first rows of each file, and propose which hold the visits and the sales."""
    looks, problems = [], []
    for path in paths:
        try:
            looks.append(_look(path, now))
        except InputError as error:
            problems.append(error.reason)
    return found(looks, tuple(problems), len(paths))


def alike(proposal: Proposal, others: Sequence[Proposal]) -> list[Proposal]:
    """The proposals of files with the same columns, such as one for each year."""
    names = [*proposal.look.columns]
    return [other for other in others if [*other.look.columns] == names and other.columns == proposal.columns]


def _look(path: Path, now: datetime.datetime) -> Look:
    file = open_file(path, [])
    batch = next((batch for batch in file.batches() if len(batch.lines)), None)
    texts = {} if batch is None else {name: as_texts(one.slice(0, SAMPLE_ROWS)) for name, one in batch.columns.items()}
    rows = max(map(len, texts.values()), default=0)
    return Look(str(path), columns_of(texts, {}, now), rows)
