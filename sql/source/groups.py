"""Groups of a source's subjects: the values of columns that are the same on all rows of a subject, or should be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from sql.engine import Database
from sql.source.lookup import SourceRelation
from sql.source.reading import WantedColumn, read_batches

NEWEST = "nightcast_newest"


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
    newest = sa.select(*keys, sa.func.max(sa.column(moment)).label(NEWEST)).select_from(source.clause).group_by(*keys)
    relation = replace(source, clause=newest.subquery(), types={**source.types, NEWEST: source.types[moment]})
    wanted = [WantedColumn(subject, "identifier"), WantedColumn(group, "identifier"), WantedColumn(NEWEST, "moment")]
    return read_batches(database, relation, wanted)
