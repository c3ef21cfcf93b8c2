"""The benchmark of visits per day: what is counted, from where it forecasts, and its figures."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.visit_counts import LEAST_HISTORY, PEERS, SERVED, STEP, Counts, Night, figures
from benchmarks.visit_shops import generated

NAIVE = "seasonal naive"


def test_every_visit_day_is_counted_and_nothing_is_known_from_the_as_of_on() -> None:
    history = generated("small")
    counts = Counts.of("small", history, None)
    assert counts.values.sum() == history.visit_days.sum()
    columns = counts.columns(horizon=28)
    assert columns[0] == len(counts.values) - 28
    assert columns[-1] >= LEAST_HISTORY
    assert {*np.diff(columns)} == {-STEP}
    known = counts.known(columns[-1])
    assert known.end == counts.first_day + columns[-1]
    assert np.nansum(known.values) <= counts.values[: columns[-1]].sum()


def test_the_figures_compare_with_the_better_peer() -> None:
    came = np.full(28, 4.0)
    medians = {SERVED: came + 1, PEERS[0]: came + 2, PEERS[1]: came - 3, NAIVE: came}
    night = Night(0, came, medians, came, 2.0, days_inside=[True, False], weeks_inside=[True, True, True, False])
    by_name = {figure.name: figure for figure in figures("shop", [night, night])}
    assert by_name["shop_as_ofs"].value == 2
    assert by_name["shop_mase"].value == pytest.approx(0.5)
    assert by_name["shop_mase"].goal is not None
    assert by_name["shop_mase"].goal.limit == pytest.approx(1.0)
    assert by_name["shop_mase_theta"].value == pytest.approx(1.5)
    assert by_name["shop_coverage_80_days"].value == 0.5
    assert by_name["shop_coverage_80_weeks"].value == 0.75
