from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nightcast.errors import InputError
from studies.series.data import generated, read, read_file
from studies.series.settings import Settings
from studies.series.sources import NoisySine

FILE = "month,sales,other\n1901-01-01,3.5,1\n1901-02-01,,2\n1901-03-01,4,3\n"


def settings(series: dict[str, Any]) -> Settings:
    configurations = [{"name": "a", "model": "persistence", "series": next(iter(series))}]
    return Settings.model_validate({"name": "s", "kind": "series", "series": series, "configurations": configurations})


def test_files_and_formulas_are_read_and_the_database_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(FILE)
    sources = {
        "one": {"file": "a.csv", "period": "month", "value": "sales"},
        "two": {"generate": "noisy_sine", "length": 50},
        "three": {"series_id": "north"},
    }
    found = read(settings(sources), tmp_path)
    assert list(found) == ["one", "two"]
    np.testing.assert_array_equal(found["one"].values, [[3.5], [np.nan], [4.0]])
    assert found["one"].periods is not None
    assert [str(day) for day in found["one"].periods] == ["1901-01-01", "1901-02-01", "1901-03-01"]
    np.testing.assert_array_equal(found["two"].values[:, 0], generated(NoisySine(generate="noisy_sine", length=50)))


def test_several_columns_and_no_dates(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(FILE)
    found = read_file(tmp_path / "a.csv", None, {"x": "other", "y": "sales"})
    assert found.names == ("x", "y")
    assert found.periods is None
    np.testing.assert_array_equal(found.values[:, 0], [1, 2, 3])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "no file"),
        ("", "cannot be read as CSV"),
        ("month,value\n1901-01-01,1\n", "no column 'sales', only 'month', 'value'"),
        ("month,sales\n1901-01-01,many\n", "not all numbers"),
        ("month,sales\nspring,1\n", "not all dates"),
        ("month,sales\n1901-02-01,1\n1901-01-01,1\n", "rising order"),
        ("month,sales\n1901-01-01,1\n,1\n", "rising order"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(content: str | None, told: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "a.csv").write_text(content)
    with pytest.raises(InputError, match=told) as caught:
        read_file(tmp_path / "a.csv", "month", {"x": "sales"})
    assert caught.value.remedy
