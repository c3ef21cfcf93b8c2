"""Values of a source's columns that the database aggregates: a few rows in place of all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from sql.engine import Database
from sql.source.lookup import SourceRelation
from sql.source.reading import WantedColumn, read_batches

NEWEST = "nightcast_newest"
"""The name of the newest moment of a value."""

AT_ONCE = 1_000
"""Texts of one statement: databases limit the number of parameters."""

_TEXTS = ("", "text", "varchar")
"""Types whose values are compared with a text as they are, which an index serves; empty on databases without types."""


def held_values(database: Database, source: SourceRelation, column: str, texts: Sequence[str]) -> set[str]:
    """Which of these texts a column holds.

    Args:
        database: where the source is.
        source: the source.
        column: the name of its column, of any type.
        texts: what to look for.
    """
    plain: sa.ColumnElement[str] = sa.column(column)
    is_text = source.types[column] in _TEXTS and database.dialect not in ("mysql", "mariadb")
    value = plain if is_text else sa.cast(plain, sa.String)  # MySQL takes a text beside a number for 0
    found: set[str] = set()
    with database.read() as connection:
        for start in range(0, len(texts), AT_ONCE):
            chosen = value.in_(texts[start : start + AT_ONCE])
            statement = source.select(value.label("held")).where(chosen).distinct()
            found.update(str(row.held) for row in connection.execute(statement))
    return found.intersection(texts)  # a collation may not tell cases apart


def different_values(database: Database, source: SourceRelation, column: WantedColumn) -> Iterator[pa.Array]:
    """All different values of a column, in batches.

    Raises:
        InputError: if the source fails on a row.
        UnavailableError: if the database cannot be reached, or the connection is lost.
    """
    every = source.select(sa.column(column.name)).distinct().subquery()
    for (values,) in read_batches(database, replace(source, clause=every), [column]):
        yield values


def read_group_values(
    database: Database, source: SourceRelation, subject: str, moment: str, group: str
) -> Iterator[list[pa.Array]]:
    """Each value that a subject has in the column of a group, with its newest moment, in batches of three arrays.

    The database aggregates: there is about one row per subject.

    Args:
        database: where the source is.
        source: the source.
        subject: its column of the subject's identifier.
        moment: its column of the date.
        group: its column of the group.

    Raises:
        InputError: if the source fails on a row.
        UnavailableError: if the database cannot be reached, or the connection is lost.
    """
    keys: list[sa.ColumnElement[Any]] = [sa.column(subject), sa.column(group)]
    newest = source.select(*keys, sa.func.max(sa.column(moment)).label(NEWEST)).group_by(*keys)
    relation = replace(source, clause=newest.subquery(), types={**source.types, NEWEST: source.types[moment]})
    wanted = [WantedColumn(subject, "identifier"), WantedColumn(group, "identifier"), WantedColumn(NEWEST, "moment")]
    return read_batches(database, relation, wanted)
