from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from nightcast.errors import InputError
from studies.waves.data import generate, read
from studies.waves.sources import SeriesSettings
from tests.studies.database import NoDatabase
from tests.studies.waves.example import SERIES, example

TRENDS = ((1.0, 0.5), (0.0, 0.0, 0.25))


def test_waves_are_sine_and_trend_where_there_is_no_noise() -> None:
    settings = SeriesSettings.model_validate({**SERIES, "noise": 0.0, "trends": TRENDS, "length": 40})
    series = generate(settings)
    assert series.names == ("x1", "x2")
    for t, (first, second) in enumerate(series.values):
        assert first == pytest.approx(5 * math.sin(2 * math.pi * t / 12) + 1 + 0.5 * t)
        assert second == pytest.approx(3 * math.sin(2 * math.pi * t / 8) + 0.25 * t**2)


def test_noise_has_its_deviation_and_follows_its_seed() -> None:
    settings = {**SERIES, "length": 20_000}
    noisy, again, other, silent = (
        generate(SeriesSettings.model_validate(settings | changes)).values
        for changes in ({}, {}, {"seed": 2}, {"noise": 0.0})
    )
    np.testing.assert_array_equal(noisy, again)
    assert (noisy != other).all()
    np.testing.assert_allclose((noisy - silent).std(axis=0), 0.5, rtol=0.03)
    assert np.abs(np.corrcoef((noisy - silent).T) - np.eye(2)).max() < 0.03


def test_a_file_gives_the_columns_that_are_named(tmp_path: Path) -> None:
    (tmp_path / "waves.csv").write_text("day,b,a,c\n2026-01-01,1,2.5,3\n2026-01-02,4,5,6\n")
    series = read(example(series={"file": "waves.csv", "columns": ["a", "b"], "period": "day"}), tmp_path, NoDatabase())
    assert series.names == ("a", "b")
    assert series.values.tolist() == [[2.5, 1], [5, 4]]
    with pytest.raises(InputError, match="no column 'd'"):
        read(example(series={"file": "waves.csv", "columns": ["a", "d"]}), tmp_path, NoDatabase())
