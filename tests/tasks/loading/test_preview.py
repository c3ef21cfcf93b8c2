"""The first rows of a file as they would be loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from nightcast.errors import InputError
from sql.settings import SalesSource, VisitSource
from tasks.loading.preview import PREVIEW_ROWS, preview_file
from tasks.loading.request import LoadRequest
from tests.tasks.loading.loads import COLUMNS, NOW, write


def test_a_preview_shows_values_and_faults(tmp_path: Path) -> None:
    path = write(tmp_path, "customer;at;paid\na;01.02.2024;1.234,50\n;02.02.2024;2\nb;x;\n")
    request = LoadRequest("visits", path, COLUMNS["visits"], date_format="%d.%m.%Y")
    preview = preview_file(request, VisitSource(), timezone="UTC", now=NOW)
    assert [tuple(row.values()) for row in preview.rows] == [
        (2, "a", "2024-02-01", 1234.5, None),
        (3, None, None, None, "customer is empty"),
        (4, None, None, None, "at is not in the format %d.%m.%Y"),
    ]
    assert "1.234,50 is 1234.50" in preview.notes[0]
    assert [other.name for other in tmp_path.iterdir()] == ["file.csv"]


def test_a_preview_reads_the_first_rows_but_judges_by_all_numbers(tmp_path: Path) -> None:
    lines = ["series,day,sold", *(f"a,2024-W{week:02},{week}" for week in range(1, 21))]
    request = LoadRequest("sales", write(tmp_path, "\n".join(lines)), COLUMNS["sales"])
    preview = preview_file(request, SalesSource(), timezone="UTC", now=NOW)
    assert len(preview.rows) == PREVIEW_ROWS
    assert preview.rows[1]["period"] == "2024-01-08"
    unclear = LoadRequest("sales", write(tmp_path, "\n".join([*lines, "a,2024-W21,1.020"])), COLUMNS["sales"])
    with pytest.raises(InputError, match="two ways"):
        preview_file(unclear, SalesSource(), timezone="UTC", now=NOW)
