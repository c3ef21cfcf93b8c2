"""A shop with two published nights of all products."""

from __future__ import annotations

import pytest

from benchmarks.report.shop import Size, fill
from sql.engine import Database

SIZE = Size(customers=400, series=30)


@pytest.fixture
def shop(database: Database) -> Database:
    """A database with the nights of the shop."""
    fill(database, SIZE)
    return database
