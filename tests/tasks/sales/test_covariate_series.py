"""Covariates whose series are written in another way than those of the sales would count nowhere, unsaid."""

from __future__ import annotations

import pytest

from sql.engine import Database
from tests.tasks.sales.test_covariates import date, fill, read

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.mark.parametrize(("series", "is_said"), [(("B", "1"), True), (("b", "00001"), False), (("b", "later"), False)])
def test_most_covariates_of_unknown_series_are_pointed_out(
    database: Database, series: tuple[str, ...], is_said: bool
) -> None:
    fill(database, *((name, date(place), "price", str(place)) for name in series for place in range(8)))
    night, _ = read(database)
    said = [note for note in night.notes if "series without sales" in note]
    assert [note.startswith("16 of 16 rows of covariates") for note in said] == [True] * is_said
