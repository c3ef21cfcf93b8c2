"""Nights of 30,000 series in a database as a user runs them: which stage takes how long.

The shop is that of `benchmarks.sales_cost`. The recipe that serves is given, whatever would win on a generated shop.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy.engine import URL

from benchmarks import console_script
from benchmarks.console_script import CommandError
from benchmarks.figures import Figure
from benchmarks.sales_cost import DAYS, SERIES, START, Rows, shop
from benchmarks.scale.nights import MeasuredNight, Project
from benchmarks.scale.shop import administered, copy_rows

AS_OF = datetime.date(1970, 1, 1) + datetime.timedelta(days=START + DAYS)
COLUMNS = ("series_id", "period", "value")
AT_ONCE = 1_000_000
KINDS = ("postgresql", "sqlite")
SAMPLE = 300
"""Series from which the champion learns, about."""
_CREATE = {
    "postgresql": "CREATE TABLE {} (series_id text NOT NULL, period date NOT NULL, value numeric(14, 2))",
    "sqlite": "CREATE TABLE {} (series_id TEXT NOT NULL, period TEXT NOT NULL, value REAL)",
}


def project_of(folder: Path, url: URL) -> Project:
    """A project whose nights forecast sales."""
    return Project(folder, url, "sales", "sales", AS_OF)


def in_order_of_days(rows: Rows) -> Rows:
    """The rows as a till writes them: a day after the other."""
    order = np.argsort(rows.day, kind="stable")
    return Rows(rows.series[order], rows.day[order], rows.value[order])


def tables_of(rows: Rows) -> Iterator[pa.Table]:
    """The rows as tables of text, dates and numbers, `AT_ONCE` at a time."""
    names = pa.array([f"store-{code % 50:02}/article-{code:06}" for code in range(int(rows.series.max()) + 1)])
    for start in range(0, len(rows.series), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        ids = names.take(pa.array(rows.series[part]))
        yield pa.table([ids, pa.array(rows.day[part]).cast(pa.date32()), rows.value[part]], names=COLUMNS)


def create_sales(url: URL, name: str, rows: Rows) -> None:
    """Create a table of sales."""
    if url.get_backend_name() == "sqlite":
        with contextlib.closing(sqlite3.connect(Path(url.database or ""))) as file, file:
            file.execute(_CREATE["sqlite"].format(name))
        add_sales(url, name, rows)
        return
    with administered(url) as connection:
        connection.exec_driver_sql(_CREATE["postgresql"].format(name))
        add_sales(url, name, rows)
        connection.exec_driver_sql(f"VACUUM ANALYZE {name}")  # else the first reader would write hint bits
        connection.exec_driver_sql("CHECKPOINT")


def add_sales(url: URL, name: str, rows: Rows) -> None:
    """Add rows to a table of sales."""
    if url.get_backend_name() == "sqlite":
        with contextlib.closing(sqlite3.connect(Path(url.database or ""))) as file, file:
            for table in tables_of(rows):
                table = table.set_column(1, COLUMNS[1], table[COLUMNS[1]].cast(pa.string()))
                columns = [column.to_pylist() for column in table.columns]
                file.executemany(f"INSERT INTO {name} VALUES (?, ?, ?)", zip(*columns, strict=True))  # noqa: S608
        return
    with administered(url) as connection:
        cursor: Any = connection.connection.cursor()
        with cursor:
            for table in tables_of(rows):
                copy_rows(cursor, name, table)


def every(rows: Rows, step: int) -> Rows:
    """The rows of every `step`-th series."""
    chosen = rows.series % step == 0
    return Rows(rows.series[chosen], rows.day[chosen], rows.value[chosen])


def loaded_night(project: Project, rows: Rows, step: int, settings: str) -> MeasuredNight:
    """A night of all series, with a champion that the night before the last trained on every `step`-th of them.

    Raises:
        CommandError: if a night fails, or the last one trains.
    """
    create_sales(project.url, "sales", rows)
    create_sales(project.url, "sales_sample", every(rows, step))
    project.create()
    project.night("sales_sample", -2, "--retrain", "always", settings=settings)
    night = project.night("sales", 0, settings=settings)
    if night.retrained:
        raise CommandError("the night trained, although there was a champion")
    return night


def figures(kind: str, night: MeasuredNight) -> Iterator[Figure]:
    """The seconds of a night and of its stages."""
    yield Figure(f"{kind}_night_seconds", night.published)
    yield Figure(f"{kind}_night_processor_seconds", night.processor)
    yield Figure(f"{kind}_night_gib", night.gib)
    yield from (Figure(f"{kind}_{stage}_seconds", seconds) for stage, seconds in night.stages.items())
    yield Figure(f"{kind}_read_share", night.stages["read"] / night.published)


def main(arguments: Sequence[str]) -> int:
    """Measure, and end with one line per figure; 0 if it ran, 1 if a command or the server failed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sales_nights", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--series", type=int, default=SERIES, help=f"number of series ({SERIES:,})")
    parser.add_argument("--recipe", default="smoothing", help="what serves (smoothing)")
    parser.add_argument("--only", choices=KINDS, help="on this database alone")
    parser.add_argument("--postgres-url", help="a server to create a database on, instead of a temporary one")
    chosen = parser.parse_args(arguments)
    rows, step = in_order_of_days(shop(chosen.series)), max(1, chosen.series // SAMPLE)
    settings, measured = f'[sales]\nrecipes = ["{chosen.recipe}"]\n', list[Figure]()
    try:
        with tempfile.TemporaryDirectory(prefix="nc-sales-") as name, contextlib.ExitStack() as stack:
            for kind in [chosen.only] if chosen.only else KINDS:
                folder = Path(name) / kind
                folder.mkdir()
                url = URL.create("sqlite", database=str(folder / "shop.db"))
                if kind == "postgresql":
                    server = stack.enter_context(console_script.postgres_server(folder, chosen.postgres_url))
                    url = stack.enter_context(console_script.fresh_database(server))
                night = loaded_night(project_of(folder, url), rows, step, settings)
                print(f"{kind}: {night}", flush=True)
                measured += figures(kind, night)
    except CommandError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(figure.line for figure in measured))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
