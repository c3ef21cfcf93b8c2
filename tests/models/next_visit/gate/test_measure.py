from __future__ import annotations

import numpy as np
import pytest

from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.landmarks import observed_bin
from models.next_visit.features.training_rows import whole_rows
from models.next_visit.gate.measure import Measurement, Origin, marginal_shares
from models.next_visit.recipes.blend import SHARE, BlendRecipe
from models.next_visit.recipes.registry import RECIPES, NextVisitCandidate
from nightcast.values import Bins
from tests.models.next_visit.reference import AS_OF, SMALL, START, base_of, bin_by_interval, history_of, small_shop

NOW = base_of(small_shop())
ORIGIN = Origin.of(NOW, NOW.before(AS_OF - 14), SMALL.bins)


def measured(recipe: str, probabilities: np.ndarray, tuned: bool = False) -> Measurement:
    return ORIGIN.measurement(recipe, NextVisitCandidate(RECIPES[recipe], SMALL, tuned), probabilities)


def random_rows(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.ones(3), ORIGIN.observed.size)


def test_what_was_observed_is_the_bin_of_the_next_visit() -> None:
    past = [[day for day in days if day < AS_OF] for days in small_shop()]
    expected = [bin_by_interval(past[code], AS_OF - 14, SMALL.bins) for code in ORIGIN.known.rows.customer]
    assert ORIGIN.observed.tolist() == expected


def test_the_score_is_the_mean_log_loss() -> None:
    rows = random_rows(1)
    expected = -np.log(rows[np.arange(len(rows)), ORIGIN.observed]).mean()
    assert measured("pareto_nbd", rows).score == pytest.approx(expected)


def test_a_candidate_without_a_forecast_for_a_customer_loses() -> None:
    rows = random_rows(1)
    rows[0] = np.nan
    broken, whole = measured("hazard_lstm", rows), measured("life_table", random_rows(2))
    assert broken.score == np.inf
    assert min([broken, whole], key=lambda one: one.preference) is whole


def test_bins_after_the_last_of_the_origin_are_added_up() -> None:
    origin = Origin.of(NOW, NOW.before(AS_OF - 7), Bins((7,)))
    rows = np.random.default_rng(1).dirichlet(np.ones(3), origin.observed.size)
    one = origin.measurement("pareto_nbd", None, rows)
    np.testing.assert_allclose(one.probabilities, np.column_stack([rows[:, 0], rows[:, 1] + rows[:, 2]]))
    assert set(origin.observed.tolist()) == {0, 1}


def test_the_blend_is_of_the_better_network_and_the_trees() -> None:
    network, tuned, trees = random_rows(1), random_rows(2), random_rows(3)
    parts = [measured("hazard_lstm", network), measured("hazard_lstm", tuned, True)]
    parts.append(measured("gradient_boosting", trees))
    better = min(parts[:2], key=lambda one: one.score)
    [blend] = ORIGIN.measure_blend(parts)
    assert blend.candidate is not None
    assert blend.candidate.is_tuned is (better is parts[1])
    assert isinstance(blend.candidate.recipe, BlendRecipe)
    assert blend.candidate.recipe.share == SHARE
    assert blend.score == measured("blend", SHARE * better.probabilities + (1 - SHARE) * trees).score
    assert ORIGIN.measure_blend(parts[:2]) == []


def test_a_candidate_that_is_best_for_everybody_keeps_its_score() -> None:
    good = np.full((ORIGIN.observed.size, 3), 0.05)
    good[np.arange(ORIGIN.observed.size), ORIGIN.observed] = 0.9
    candidates = [measured("pareto_nbd", good), measured("life_table", random_rows(1))]
    unchosen = ORIGIN.unchosen(candidates)
    assert unchosen.recipe == "pareto_nbd"
    assert unchosen.score == pytest.approx(-np.log(0.9))


def test_each_half_gets_what_is_best_for_the_other() -> None:
    size = ORIGIN.observed.size
    odd = np.arange(size) % 2 == 1
    right, wrong = (np.full((size, 3), (1 - trust) / 2) for trust in (0.9, 0.1))
    for table, trust in ((right, 0.9), (wrong, 0.1)):
        table[np.arange(size), ORIGIN.observed] = trust
    first, second = (np.where(half[:, None], right, wrong) for half in (odd, ~odd))
    unchosen = ORIGIN.unchosen([measured("pareto_nbd", first), measured("life_table", second)])
    assert unchosen.score == pytest.approx(-np.log(0.1))


def test_the_marginal_counts_the_bins_of_whole_landmarks() -> None:
    rows = whole_rows(NOW, SMALL.bins, SMALL.look_back, 1)
    counts = np.bincount(observed_bin(NOW.history, rows, SMALL.bins), minlength=3) + 1
    shares = marginal_shares(NOW, SMALL, 1)
    assert shares is not None
    np.testing.assert_allclose(shares, counts / counts.sum())
    assert marginal_shares(base_of([[]]), SMALL, 1) is None


def test_segments_without_customers_are_left_out_and_both_models_stand_beside_each_other() -> None:
    known = CustomerBase.at(history_of([[START, START + 1], [START], [START]]), START + 5)
    origin = Origin(known, np.array([0, 1, 2]), Bins((7, 14)))
    sure = origin.measurement("sure", None, np.eye(3))
    even = origin.measurement("life_table", None, np.full((3, 3), 1 / 3))
    evaluations = origin.evaluations(sure, even, SMALL, 1)
    assert {one.segment for one in evaluations} == {"all", "1 visit", "2-4 visits"}
    loss = next(one for one in evaluations if (one.segment, one.metric) == ("all", "log_loss"))
    assert (loss.day, loss.baseline) == (START + 5, "life_table")
    assert loss.value == pytest.approx(0)
    assert loss.baseline_value == pytest.approx(np.log(3))
