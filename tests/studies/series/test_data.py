from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nightcast.errors import InputError
from studies.series.data import filled, generated, read, read_file
from studies.series.settings import Settings
from studies.series.sources import NoisySine
from tests.studies.database import StoredSeries
from tests.studies.series.example import data

FILE = "month,sales,other\n1901-01-01,3.5,1\n1901-02-01,,2\n1901-03-01,4,3\n"


def settings(series: dict[str, Any]) -> Settings:
    configurations = [{"name": "a", "model": "persistence", "series": next(iter(series))}]
    return Settings.model_validate({"name": "s", "kind": "series", "series": series, "configurations": configurations})


def test_series_come_from_files_formulas_and_the_database(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(FILE)
    sources = {
        "one": {"file": "a.csv", "period": "month", "value": "sales"},
        "two": {"generate": "noisy_sine", "length": 50},
        "three": {"series_id": "north"},
    }
    north = data(np.ones(3))["series"]
    series = read(settings(sources), tmp_path, StoredSeries(north=north))
    assert set(series) == {"one", "two", "three"}
    np.testing.assert_array_equal(series["one"].values, [[3.5], [np.nan], [4.0]])
    assert series["one"].periods is not None
    assert [str(day) for day in series["one"].periods] == ["1901-01-01", "1901-02-01", "1901-03-01"]
    np.testing.assert_array_equal(series["two"].values[:, 0], generated(NoisySine(generate="noisy_sine", length=50)))
    assert series["three"] is north


def test_several_columns_and_no_dates(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(FILE)
    series = read_file(tmp_path / "a.csv", None, {"x": "other", "y": "sales"})
    assert series.names == ("x", "y")
    assert series.periods is None
    np.testing.assert_array_equal(series.values[:, 0], [1, 2, 3])


@pytest.mark.parametrize(
    ("content", "reason"),
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
def test_a_file_that_cannot_be_used_is_refused(content: str | None, reason: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "a.csv").write_text(content)
    with pytest.raises(InputError, match=reason) as caught:
        read_file(tmp_path / "a.csv", "month", {"x": "sales"})
    assert caught.value.remedy


def test_unknown_values_are_filled_as_the_file_says() -> None:
    values = np.array([np.nan, 2.0, np.nan, np.nan, 5.0])
    assert filled("x", values, "previous").tolist() == [2.0, 2.0, 2.0, 2.0, 5.0]
    assert filled("x", values, "zero").tolist() == [0.0, 2.0, 0.0, 0.0, 5.0]
    with pytest.raises(InputError, match=r"Value 1 .* 2 more"):
        filled("x", values, "error")
