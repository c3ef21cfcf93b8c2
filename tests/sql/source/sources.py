"""Source tables for the tests, and what is read from them."""

from __future__ import annotations

from typing import Any

import numpy as np
import sqlalchemy as sa

from sql.engine import Database
from sql.settings import VisitSource
from sql.source.lookup import look_up_source
from sql.source.reading import WantedColumn, read_batches
from tasks.conversion.numbers import to_numbers


def execute(database: Database, *statements: str) -> None:
    with database.write() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def fill(database: Database, table: sa.Table, *rows: tuple[Any, ...]) -> None:
    with database.write() as connection:
        table.create(connection)
        if rows:
            names = [column.name for column in table.columns]
            connection.execute(sa.insert(table), [dict(zip(names, row, strict=True)) for row in rows])


def visits(name: str, *columns: sa.Column[Any], schema: str | None = None) -> sa.Table:
    return sa.Table(name, sa.MetaData(schema=schema), *columns)


def read(database: Database, source: VisitSource, **columns: str) -> list[list[Any]]:
    """The columns, by the kind that each is wanted as."""
    wanted = [WantedColumn(name, kind) for name, kind in columns.items()]  # type: ignore[arg-type]
    return read_columns(database, source, wanted)


def read_columns(database: Database, source: VisitSource, wanted: list[WantedColumn]) -> list[list[Any]]:
    relation = look_up_source(database, "source.visits", source, [column.name for column in wanted])
    batches = list(read_batches(database, relation, wanted))
    return [[value for batch in batches for value in batch[place].to_pylist()] for place in range(len(wanted))]


def numbers(database: Database, source: VisitSource, name: str) -> tuple[list[float], list[bool]]:
    relation = look_up_source(database, "source.visits", source, [name])
    read = [to_numbers(batch[0]) for batch in read_batches(database, relation, [WantedColumn(name, "number")])]
    return np.concatenate([one.value for one in read]).tolist(), np.concatenate(
        [one.unreadable for one in read]
    ).tolist()
