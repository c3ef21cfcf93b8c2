from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.sales.gate.figures import PastForecast
from models.sales.gate.stretches import Stretch, stretches_of


@pytest.mark.parametrize(
    ("family", "horizon", "names"),
    [
        ("D", 28, ["1-7", "8-14", "15-28"]),
        ("D", 56, ["1-7", "8-14", "15-28", "29-56"]),
        ("B", 28, ["1-5", "6-10", "11-20", "21-28"]),
        ("W", 13, ["1", "2", "3-4", "5-8", "9-13"]),
        ("M", 12, ["1", "2", "3-4", "5-8", "9-12"]),
        ("D", 5, ["1-5"]),
        ("Y", 1, ["1"]),
    ],
)
def test_a_week_or_a_period_first_and_then_twice_as_far(family: str, horizon: int, names: list[str]) -> None:
    assert [stretch.name for stretch in stretches_of(family, horizon)] == names


@given(st.sampled_from("DBWMQY"), st.integers(1, 400))
def test_together_they_are_all_steps(family: str, horizon: int) -> None:
    steps = [step for one in stretches_of(family, horizon) for step in range(one.first, one.last + 1)]
    assert steps == list(range(1, horizon + 1))


def test_a_stretch_of_a_forecast_has_its_steps_alone() -> None:
    mean = np.arange(10.0).reshape(2, 5)
    whole = PastForecast(mean, np.repeat(mean[:, :, None], 11, axis=2), mean + 1, np.ones(2))
    part = Stretch(2, 3).of(whole)
    assert part.mean.tolist() == [[1, 2], [6, 7]]
    assert part.actual.tolist() == [[2, 3], [7, 8]]
    assert part.quantiles.shape == (2, 2, 11)
