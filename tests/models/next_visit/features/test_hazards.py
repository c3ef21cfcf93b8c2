from __future__ import annotations

import numpy as np
import pytest

from models.next_visit.features.hazards import at_least, from_hazards, from_log_odds, log_odds, matching_level, raised


def test_log_odds_are_bounded_and_can_be_taken_back() -> None:
    assert log_odds(np.array([0.0, 0.5, 1.0])) == pytest.approx([-11.5, 0, 11.5], abs=0.1)
    chances = np.array([0.01, 0.4, 0.99])
    np.testing.assert_allclose(from_log_odds(log_odds(chances)), chances)


def test_hazards_make_probabilities() -> None:
    np.testing.assert_allclose(from_hazards(np.array([[0.5, 0.5, 0.2]])), [[0.5, 0.25, 0.05, 0.2]])


def test_raising_moves_the_log_odds_of_each_hazard_and_nothing_else() -> None:
    rows = np.random.default_rng(2).dirichlet([1.0, 2.0, 3.0, 4.0], 50)
    level = np.tile([0.5, -0.2, 0.0], (50, 1))
    result = raised(rows, level)
    np.testing.assert_allclose(raised(rows, 0 * level), rows, atol=1e-4)
    np.testing.assert_allclose(result.sum(axis=1), 1.0)

    def odds(table: np.ndarray) -> np.ndarray:
        return log_odds(table[:, :-1] / np.cumsum(table[:, ::-1], axis=1)[:, :0:-1])

    np.testing.assert_allclose(odds(result) - odds(rows), level, atol=1e-3)


def test_hazards_are_raised_to_the_least_and_larger_ones_stay() -> None:
    rows = np.array([[0.0, 0.0, 1.0], [0.5, 0.25, 0.25], [0.0, 1.0, 0.0]])
    raised_rows = at_least(rows, np.array([0.01, 0.02]))
    np.testing.assert_allclose(raised_rows[0], [0.01, 0.99 * 0.02, 0.99 * 0.98])
    np.testing.assert_allclose(raised_rows[1], rows[1])
    np.testing.assert_allclose(raised_rows[2], [0.01, 0.99, 0.0], atol=1e-12)


def test_a_level_is_matched_to_what_is_expected() -> None:
    rows = np.random.default_rng(3).dirichlet([1.0, 2.0, 3.0, 4.0], 500)
    level = np.array([0.4, -0.3, 0.1])
    expected = raised(rows, level)[:, :-1].sum(axis=0)
    np.testing.assert_allclose(matching_level(rows, expected), level, atol=1e-6)
