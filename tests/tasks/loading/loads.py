"""Loading files in tests, and what has been loaded."""

from __future__ import annotations

import csv
import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sql.engine import Database
from sql.settings import CovariateSource, SalesSource, Source, SourceName, VisitSource
from tasks.loading.load import load_file
from tasks.loading.request import LoadReport, LoadRequest

NOW = datetime.datetime(2024, 6, 1, 12, 0, tzinfo=datetime.UTC)
COLUMNS: dict[SourceName, dict[str, str]] = {
    "visits": {"customer_id": "customer", "visited_at": "at", "amount": "paid"},
    "sales": {"series_id": "series", "period": "day", "value": "sold"},
    "covariates": {"series_id": "series", "period": "day", "name": "name", "value": "value"},
}
SOURCES: dict[SourceName, Source] = {"visits": VisitSource(), "sales": SalesSource(), "covariates": CovariateSource()}
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def write(folder: Path, text: str | bytes, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def load(database: Database, source_name: SourceName, path: Path, **options: Any) -> LoadReport:
    source = options.pop("source", SOURCES[source_name])
    request = LoadRequest(source_name, path, **{"columns": COLUMNS[source_name], **options})
    return load_file(database, request, source, now=NOW)


def loaded(database: Database, source_name: SourceName) -> list[tuple[Any, ...]]:
    """All rows of a source table, in their order in the file; dates and times as text."""
    source = SOURCES[source_name]
    table = sa.table(source.table or "", *map(sa.column, source.columns.model_dump().values()))
    with database.read() as connection:
        rows = connection.execute(sa.select(*table.c)).all()
    return [tuple(str(value) if isinstance(value, datetime.date) else value for value in row) for row in rows]


def rejected(report: LoadReport) -> list[dict[str, str]]:
    assert report.rejected_file is not None
    with report.rejected_file.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def count(database: Database, table: sa.Table) -> int:
    with database.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
