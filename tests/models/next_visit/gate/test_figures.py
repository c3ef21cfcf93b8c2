from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.next_visit.gate.figures import auc, calibration_error, calibration_groups, figures
from nightcast.values import Bins

BINS = Bins((7, 14))


@given(st.integers(0, 10**6), st.integers(1, 40))
def test_figures_are_the_slow_ones(seed: int, rows: int) -> None:
    random = np.random.default_rng(seed)
    probabilities, observed = random.dirichlet(np.ones(3), rows), random.integers(0, 3, rows)
    values = figures(probabilities, observed, BINS)
    losses, scores = [], []
    for row, came in zip(probabilities, observed, strict=True):
        losses.append(-math.log(max(row[came], 1e-9)))
        scores.append([(sum(row[: bin_ + 1]) - (came <= bin_)) ** 2 for bin_ in range(2)])
    assert math.isclose(values["log_loss"], np.mean(losses))
    assert math.isclose(values["rps"], np.mean(scores))
    assert math.isclose(values["brier_7"], np.mean([score[0] for score in scores]))
    assert math.isclose(values["predicted_returners"], probabilities[:, :2].sum())
    assert values["realised_returners"] == (observed < 2).sum()
    assert ("auc_return" in values) == (0 < (observed < 2).sum() < rows)


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=30))
def test_auc_is_the_share_of_pairs_in_order(pairs: list[tuple[int, bool]]) -> None:
    predicted, came = np.array([pair[0] for pair in pairs], float), np.array([pair[1] for pair in pairs])
    wins = [(high > low) + (high == low) / 2 for high in predicted[came] for low in predicted[~came]]
    area = auc(predicted, came)
    assert area is None if not wins else math.isclose(area or 0, float(np.mean(wins)), abs_tol=1e-12)


def test_a_right_share_has_no_calibration_error_and_a_wrong_one_all() -> None:
    came = np.tile([True, False, False, False], 100)
    assert calibration_error(np.full(400, 0.25), came) == pytest.approx(0, abs=1e-12)
    assert calibration_error(np.full(400, 0.75), came) == pytest.approx(0.5)


def test_groups_are_of_equal_size_from_the_smallest_probability_on() -> None:
    generator = np.random.default_rng(5)
    predicted, came = generator.random(47), generator.random(47) < 0.4
    groups = calibration_groups(predicted, came)
    slow = np.array_split(np.argsort(predicted, kind="stable"), 10)
    assert groups.customers.tolist() == [len(part) for part in slow]
    assert groups.predicted == pytest.approx([predicted[part].mean() for part in slow])
    assert groups.realised == pytest.approx([came[part].mean() for part in slow])


@pytest.mark.parametrize("size", [0, 1, 3])
def test_fewer_customers_than_groups(size: int) -> None:
    groups = calibration_groups(np.full(size, 0.5), np.ones(size, bool))
    assert groups.customers.tolist() == [1] * size
    assert groups.realised.tolist() == [1.0] * size
