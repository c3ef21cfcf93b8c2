"""A night on which few customers have new visits, after one that has kept what it read."""

from __future__ import annotations

import contextlib
import datetime
import re
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy.engine import URL

from benchmarks.console_script import CommandError
from benchmarks.scale.nights import LOADED, MeasuredNight, Project
from benchmarks.scale.shop import AS_OF, COLUMNS, DAY_SECONDS, Visits, administered, copy_rows

EVERY = 50
"""One customer in so many has a new visit: 2 %."""

CHANGING = LOADED.replace('"never"', '"always"')
_READ = re.compile(r"read\s+([0-9,]+)\s+of\s+([0-9,]+)\s+rows")


def new_visits(visits: Visits) -> Visits:
    """A visit of each of 2 % of the customers on the day of the first night, from eight o'clock on."""
    customer = np.unique(visits.customer)[::EVERY]
    day = (AS_OF - datetime.date(1970, 1, 1)).days * DAY_SECONDS
    second = day + np.linspace(8 * 3_600, 20 * 3_600, customer.size).astype(np.int64)
    return replace(visits, customer=customer, second=second, cents=np.full(customer.size, 2_500, dtype=np.int32))


def add_visits(url: URL, name: str, visits: Visits) -> None:
    """Add visits to a table."""
    if url.get_backend_name() == "sqlite":
        with contextlib.closing(sqlite3.connect(Path(url.database or ""))) as file, file:
            for rows in visits.tables():
                rows = rows.set_column(1, COLUMNS[1], rows[COLUMNS[1]].cast(pa.string()))
                columns = [column.to_pylist() for column in rows.columns]
                file.executemany(f"INSERT INTO {name} VALUES (?, ?, ?)", zip(*columns, strict=True))  # noqa: S608
        return
    with administered(url) as connection:
        cursor: Any = connection.connection.cursor()
        with cursor:
            for rows in visits.tables():
                copy_rows(cursor, name, rows)


def nights(project: Project, visits: Visits) -> tuple[MeasuredNight, MeasuredNight, float]:
    """The night that reads everything and keeps it, the next one, and the share of the rows that this one reads.

    Raises:
        CommandError: if a night does not say what it has read.
    """
    first = project.night("visits", 0, settings=CHANGING)
    add_visits(project.url, "visits", new_visits(visits))
    second = project.night("visits", 1, settings=CHANGING)
    found = _READ.search(project.said)
    if found is None:
        raise CommandError("the night does not say how many rows it has read")
    anew, rows = (int(number.replace(",", "")) for number in found.groups())
    return first, second, anew / rows
