"""The figures of next-visit forecasts against slow references, and the protocol's dates."""

from __future__ import annotations

import gzip
import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks import next_visit, visit_ablation, visit_cost, visit_shops
from benchmarks.next_visit import DataSet
from benchmarks.visit_peers import PEERS, Visits
from benchmarks.visit_scoring import (
    bootstrap,
    briers,
    calibrated_errors,
    calibration_errors,
    losses,
    predicted_over_realised,
    return_auc,
)
from models.common.trees import one_thread
from models.next_visit.features import background
from models.next_visit.features.customers import SUMMARY, Features
from models.next_visit.features.level import Level
from nightcast.values import Bins

RANDOM = np.random.default_rng(4)
ROWS: NDArray[np.float64] = RANDOM.dirichlet([1, 1, 2, 3, 5], 97)
CAME: NDArray[np.int64] = RANDOM.integers(0, 5, 97)


def test_losses_and_briers_are_the_slow_ones() -> None:
    expected = [-math.log(row[bin_]) for row, bin_ in zip(ROWS, CAME, strict=True)]
    assert losses(ROWS, CAME) == pytest.approx(expected)
    slow = [
        np.mean([(row[: end + 1].sum() - (bin_ <= end)) ** 2 for row, bin_ in zip(ROWS, CAME, strict=True)])
        for end in range(4)
    ]
    assert briers(ROWS, CAME) == pytest.approx(slow)


def test_auc_counts_pairs_and_ties_half() -> None:
    rows = ROWS.round(1)
    score = rows[:, :-1].sum(axis=1)
    pairs = [
        1.0 if score[one] > score[other] else 0.5 if score[one] == score[other] else 0.0
        for one in range(97)
        for other in range(97)
        if CAME[one] < 4 and CAME[other] == 4
    ]
    assert return_auc(rows, CAME) == pytest.approx(np.mean(pairs))
    assert math.isnan(return_auc(rows, np.full(97, 4)))


def test_calibration_error_is_the_slow_one() -> None:
    for column, error in enumerate(calibration_errors(ROWS, CAME)):
        order = np.argsort(ROWS[:, column], kind="stable")
        groups = np.split(order, [97 * part // 10 for part in range(1, 10)])
        gaps = [abs(ROWS[group, column].sum() - (CAME[group] == column).sum()) for group in groups]
        assert error == pytest.approx(sum(gaps) / 97)


def test_true_forecasts_show_the_error_that_is_simulated_for_them() -> None:
    rows = RANDOM.dirichlet([1, 1, 2, 3, 5], 20_000)
    came = (RANDOM.random((20_000, 1)) > rows.cumsum(axis=1)[:, :-1]).sum(axis=1)
    floor = calibrated_errors(rows)
    assert calibration_errors(rows, came) == pytest.approx(floor, abs=0.004)
    skewed = np.roll(rows, 1, axis=1)
    assert (calibration_errors(skewed, came) > floor + 0.02).any()


def test_the_bootstrap_brackets_the_mean_as_its_standard_error_says() -> None:
    gaps = RANDOM.normal(0.1, 1.0, 2_000)
    difference = bootstrap(gaps)
    assert difference.mean == pytest.approx(gaps.mean())
    half = 1.96 * gaps.std() / math.sqrt(gaps.size)
    assert difference.high - difference.mean == pytest.approx(half, rel=0.15)
    assert difference.mean - difference.low == pytest.approx(half, rel=0.15)


def write(path: Path) -> Path:
    lines = ["who,when", "a,2024-01-01 10:00", "a,2024-01-01 12:00", "a,2024-02-20", "b,2024-02-26", "c,2024-03-01"]
    with gzip.open(path, "wt") as stream:
        stream.write("\n".join(lines))
    return path


def test_visits_are_read_as_days_and_bins_count_from_the_as_of(tmp_path: Path) -> None:
    history = next_visit.read_history(write(tmp_path / "visits.csv.gz"))
    assert history.visit_days.tolist() == [2, 1, 1]
    as_of = int(np.datetime64("2024-02-20", "D").astype(int))
    assert next_visit.observed_bins(history, as_of).tolist() == [0, 0, 1]
    assert next_visit.observed_bins(history, as_of + 1).tolist() == [4, 0, 1]
    assert next_visit.known_at(history, as_of).tolist() == [True, False, False]


def test_every_peer_but_those_of_lifetimes_gives_shares() -> None:
    day = np.sort(RANDOM.integers(0, 400, 900))
    customer = RANDOM.integers(0, 60, 900)
    keys = np.unique(np.stack([customer, day], axis=1), axis=0)
    offsets = np.searchsorted(keys[:, 0], np.arange(61))
    visits = Visits(offsets, keys[:, 1], np.array([7, 14, 28, 56]))
    for name in ("marginal", "peer_count_table", "peer_gradient_boosting"):
        with one_thread():  # trees of a few hundred rows wait for each other's threads
            rows = PEERS[name](visits, 340)
        assert rows.shape == (visits.known(340)[0].size, 5)
        assert rows.sum(axis=1) == pytest.approx(1.0)
        assert (rows > 0).all()


def test_predicted_over_realised_is_that_of_sums() -> None:
    rows = np.array([[0.5, 0.5, 0.0], [0.25, 0.25, 0.5]])
    assert predicted_over_realised(rows, np.array([0, 0])).tolist() == [0.375, 0.75, 0.5]


def test_seconds_of_the_network_are_a_figure_only_where_it_was_measured_alone() -> None:
    data_set = DataSet("shop", [0], {0: CAME}, {(next_visit.SERVED, 0): ROWS}, {(next_visit.SERVED, 0): 9.0})
    names = {figure.name: figure.value for figure in next_visit.figures(data_set)}
    assert "shop_seconds" not in names
    assert names["shop_seconds_with_the_gate"] == 9.0
    data_set.probabilities[next_visit.NETWORK, 0], data_set.seconds[next_visit.NETWORK, 0] = ROWS, 4.0
    assert {figure.name: figure.value for figure in next_visit.figures(data_set)}["shop_seconds"] == 4.0


@pytest.mark.parametrize("kind", visit_shops.KINDS)
def test_generated_shops_are_of_their_kind(kind: str) -> None:
    history = visit_shops.generated(kind)
    again = visit_shops.generated(kind)
    np.testing.assert_array_equal(history.day, again.day)
    assert history.customers == visit_shops.KINDS[kind][0]
    assert (history.data_through or 0) - (history.first or 0) in range(visit_shops.DAYS - 14, visit_shops.DAYS)
    weekday = np.bincount(history.day % 7, minlength=7) / history.day.size
    assert weekday == pytest.approx(1 / 7, abs=0.05)


def test_a_part_that_is_replaced_says_nothing() -> None:
    history = visit_shops.generated("small")
    as_of = history.data_through or 0
    raw = [*np.random.default_rng(1).normal(size=(3, 40, 8)).astype(np.float32)]
    rows = Features(raw[0][:, :, None], np.tile(raw[1], 6)[:, : len(SUMMARY) + 12], raw[2][:, :4])
    assert not visit_ablation._without_sequence(rows).sequence.any()
    assert not visit_ablation._without_summary(rows).summary[:, : len(SUMMARY)].any()
    bare = visit_ablation._without_pareto_nbd(rows)
    assert not bare.offset.any()
    assert not bare.summary[:, -4:].any()
    np.testing.assert_array_equal(bare.summary[:, :-4], rows.summary[:, :-4])
    flat = visit_ablation.FlatLevel.fit(history, as_of, Bins((7, 14)), None)
    assert not flat.expected(np.array([as_of])).any()
    with visit_ablation.with_parts({visit_ablation.LEVEL: visit_ablation.FlatLevel}):
        assert vars(background)["Level"] is visit_ablation.FlatLevel
    assert vars(background)["Level"] is Level
    for variant in visit_ablation.VARIANTS:
        with visit_ablation.with_parts(variant.parts):
            pass  # every part that is replaced exists
    seen = visit_ablation._all_or_nothing(np.array([0, 60, 90]), 100, Bins((7, 28)))
    np.testing.assert_array_equal(seen, [[True, True], [True, True], [False, False]])


def test_the_shop_of_the_cost_has_its_size() -> None:
    history = visit_cost.shop(500)
    assert history.customers == 500
    assert history.known.all()
    assert 15 < history.day.size / 500 < 21
    assert history.data_through is not None
    assert history.data_through < visit_cost.DAYS
