"""Searches for better settings: the rows of `search_trial`.

A search is identified by its product, its as-of and its shape, a digest of all settings that shape the model.
"""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from nightcast import __version__
from nightcast.values import Product, new_id
from sql.engine import Database
from sql.tables import search_trial


@dataclass(frozen=True)
class Search:
    """A search for better settings of a product, on what is known at the as-of."""

    product: Product
    shape: str
    as_of: datetime.date


@dataclass(frozen=True)
class StoredTrial:
    """Settings that were tried; the value is NaN if they could not be used."""

    number: int
    parameters: dict[str, Any]
    value: float
    seconds: float


def add_trial(database: Database, search: Search, trial: StoredTrial) -> None:
    """Add a trial to its search."""
    row = {
        "trial_id": new_id(),
        "product": search.product,
        "shape": search.shape,
        "as_of": search.as_of,
        "number": trial.number,
        "parameters": trial.parameters,
        "value": trial.value if math.isfinite(trial.value) else None,
        "seconds": trial.seconds,
        "tried_at": datetime.datetime.now(datetime.UTC),
        "code_version": __version__,
    }
    with database.write() as connection:
        connection.execute(sa.insert(search_trial).values(row))


def trials_of(database: Database, search: Search) -> list[StoredTrial]:
    """The trials of a search, in order."""
    table = search_trial.c
    query = (
        sa.select(table.number, table.parameters, table.value, table.seconds)
        .where(table.product == search.product, table.shape == search.shape, table.as_of == search.as_of)
        .order_by(table.number, table.trial_id)
    )
    return [
        StoredTrial(row.number, row.parameters, math.nan if row.value is None else row.value, row.seconds)
        for row in database.rows(query)
    ]


def newest_search(
    database: Database, product: Product, shape: str, since: datetime.date, through: datetime.date
) -> Search | None:
    """The newest search of this shape with an as-of from `since` through `through`, None if there is none."""
    table = search_trial.c
    query = sa.select(sa.func.max(table.as_of)).where(
        table.product == product, table.shape == shape, table.as_of >= since, table.as_of <= through
    )
    as_of = database.value(query)
    return None if as_of is None else Search(product, shape, as_of)
