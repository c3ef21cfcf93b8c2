"""Identifiers that are near to one that does not exist."""

from __future__ import annotations

import difflib

import sqlalchemy as sa

from sql.engine import Database

SHOWN = 3
"""Identifiers in a message."""

CANDIDATES = 25
"""Identifiers of each kind that are compared; the database finds them, so it does not matter how many there are."""


def nearest_identifiers(database: Database, column: sa.ColumnElement[str], identifier: str) -> list[str]:
    """The identifiers of a column that are nearest to one that it lacks, the nearest first.

    Candidates contain it, have its first or second half, or stand beside it in alphabetical order.
    """
    column = sa.type_coerce(column, sa.Text())  # the type of a view's column is not always known
    half = max(len(identifier) // 2, 1)
    before, after = column < identifier, column > identifier
    kinds = (
        (column.contains(identifier, autoescape=True), sa.func.length(column)),
        (column.startswith(identifier[:half], autoescape=True), column),
        (column.endswith(identifier[-half:], autoescape=True), column),
        (before, column.desc()),
        (after, column.asc()),
    )
    candidates = {
        found
        for condition, order in kinds
        for found in database.column(
            sa.select(column).where(condition).group_by(column).order_by(order).limit(CANDIDATES)
        )
    }
    by_case = {candidate.lower(): candidate for candidate in sorted(candidates)}
    near = difflib.get_close_matches(identifier.lower(), list(by_case), n=SHOWN, cutoff=0.5)
    near = near or sorted((name for name in by_case if identifier.lower() in name), key=len)[:SHOWN]
    return [by_case[name] for name in near]
