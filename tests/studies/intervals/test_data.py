"""Visits from files and the database."""

from __future__ import annotations

from pathlib import Path

import pytest

from nightcast.errors import InputError
from studies.data import Visits
from studies.intervals.data import read, read_file
from studies.intervals.notes import EXAMPLE, example
from tests.studies.database import NoDatabase
from tests.studies.intervals.example import study


def test_a_file_of_the_published_visits_gives_the_same(tmp_path: Path) -> None:
    rows = [f"007,{moment}" for moment in reversed(EXAMPLE)]
    (tmp_path / "visits.csv").write_text("\n".join(["who,at", *rows, "7,2015-01-01T23:59:59+09:00", "7,2015-01-03"]))
    visits = read_file(tmp_path / "visits.csv", "who", "at")
    assert visits.customers == 2
    assert visits.intervals.tolist() == [0, 44, 18, 0, 54, 2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "There is no file"),
        ("", "cannot be read as CSV"),
        ("customer_id,day\n1,2015-01-01\n", "has no column 'visited_at', only 'customer_id', 'day'"),
        ("customer_id,visited_at\n1,2015-01-01\n,2015-01-02\n", "Line 3 of .* has no customer_id"),
        ("customer_id,visited_at\n1,2015-01-01\n1,2015-02-30\n", "Line 3 .* no valid date"),
        ("customer_id,visited_at\n1,\n", "Line 2 .* no valid date"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / "visits.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        read(study({"file": "visits.csv"}), tmp_path, NoDatabase())


def test_visits_of_the_database_are_read(tmp_path: Path) -> None:
    class Stored(NoDatabase):
        def visits(self) -> Visits:
            return example()

    assert read(study({"database": True}), tmp_path, Stored()).customers == 1
