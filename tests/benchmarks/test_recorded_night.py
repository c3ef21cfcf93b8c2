from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from benchmarks.recorded.comparison import Forecasts, largest_difference, read, write

VISITS: Forecasts = {"probability": np.array([[0.25, 0.75], [0.5, 0.5]])}
SALES: Forecasts = {
    "mean": np.array([[10.0, 30.0], [0.0, 0.0], [np.nan, np.nan]]),
    "status": np.array(["forecast", "fallback", "skipped"]),
}


def changed(forecasts: Forecasts, kind: str, place: tuple[int, ...], value: object) -> Forecasts:
    values = forecasts[kind].copy()
    values[place] = value
    return {**forecasts, kind: values}


def test_recorded_forecasts_are_read_back_without_a_difference(tmp_path: Path) -> None:
    write(tmp_path / "night.npz", {"visits, two bins": VISITS, "sales": SALES})
    recorded = read(tmp_path / "night.npz")
    assert recorded.keys() == {"visits, two bins", "sales"}
    assert largest_difference(recorded["visits, two bins"], VISITS) == 0
    assert largest_difference(recorded["sales"], SALES) == 0


def test_probabilities_differ_absolutely_and_sales_by_their_level() -> None:
    assert largest_difference(VISITS, changed(VISITS, "probability", (1, 0), 0.51)) == pytest.approx(0.01, rel=1e-4)
    assert largest_difference(SALES, changed(SALES, "mean", (0, 1), 32.0)) == pytest.approx(0.1, rel=1e-4)


@pytest.mark.parametrize(
    "now",
    [
        changed(SALES, "status", (0,), "skipped"),
        changed(SALES, "mean", (0, 0), np.nan),
        {"mean": SALES["mean"]},
        {**SALES, "mean": SALES["mean"][:2]},
    ],
)
def test_what_cannot_be_compared_differs_without_limit(now: Forecasts) -> None:
    assert largest_difference(SALES, now) == math.inf
