"""The classic form: windows and classes against slow references, and the network, small, with very few steps."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.next_visit.recipes.artifact import bins_of, read_description
from models.next_visit.recipes.classic.interval_bins import IntervalBins
from models.next_visit.recipes.classic.interval_classifier import IntervalClassifierModel, load
from models.next_visit.recipes.classic.settings import ClassicSettings
from models.next_visit.recipes.classic.training import split
from models.next_visit.recipes.classic.windows import completed_intervals, first_visits, spread_evenly, windows_at
from models.next_visit.recipes.life_table import fit_life_table
from nightcast.errors import InputError
from nightcast.values import Bins
from tests.models.next_visit.reference import START, Days, bins_strategy, history_of

SETTINGS = ClassicSettings(look_back=3, units=(4, 3), dense_units=(4,), epochs=2, batch_size=32)
BINS = Bins((7, 14))
AS_OF = START + 200

raw_shops = st.lists(st.lists(st.integers(START, START + 90), max_size=9).map(sorted), min_size=1, max_size=5)


def flat(shop: list[Days]) -> tuple[np.ndarray, np.ndarray]:
    pairs = [(code, day) for code, days in enumerate(shop) for day in days]
    return np.array([code for code, _ in pairs], dtype=np.int64), np.array([day for _, day in pairs], dtype=np.int32)


@given(raw_shops)
def test_intervals_of_raw_visits_are_the_slow_ones_and_may_be_zero(shop: list[Days]) -> None:
    customer, day = flat(shop)
    begins, days = completed_intervals(first_visits(customer), day)
    assert days.tolist() == [later - earlier for visits in shop for earlier, later in pairwise(visits)]
    assert customer[begins].tolist() == [code for code, visits in enumerate(shop) for _ in visits[1:]]


def test_two_visits_on_one_day_are_an_interval_of_zero_in_the_first_class() -> None:
    customer, day = flat([[START, START, START + 40]])
    _, days = completed_intervals(first_visits(customer), day)
    assert days.tolist() == [0, 40]
    assert IntervalBins.fit((40, 60), days).one_hot(days).tolist() == [[1, 0, 0], [0, 1, 0]]


@given(raw_shops, st.integers(1, 5))
def test_windows_are_the_slow_ones(shop: list[Days], look_back: int) -> None:
    customer, day = flat(shop)
    first, last = first_visits(customer), np.arange(day.size)
    amount = day * 0.5
    found = windows_at(first, last, day, amount, look_back)
    row = 0
    for visits in shop:
        for count in range(1, len(visits) + 1):
            known, missing = visits[:count][-look_back:], max(look_back - count, 0)
            lengths = [later - earlier for earlier, later in pairwise(visits[:count])][-look_back:]
            assert found.interval[row].tolist() == [0] * (look_back - len(lengths)) + lengths
            assert found.has_interval[row].sum() == len(lengths)
            weekdays = [(np.datetime64(one, "D").item()).weekday() for one in known]
            assert found.weekday[row].tolist() == [-1] * missing + weekdays
            np.testing.assert_array_equal(found.amount[row], [math.nan] * missing + [one * 0.5 for one in known])
            row += 1


@given(st.integers(0, 50), st.integers(1, 60))
def test_an_even_sample_keeps_what_fits_and_never_takes_twice(total: int, most: int) -> None:
    taken = spread_evenly(total, most).tolist()
    assert len(taken) == min(total, most)
    assert sorted(set(taken) & set(range(total))) == taken
    gaps = [after - before for before, after in pairwise(taken)]
    assert max(gaps, default=1) - min(gaps, default=1) <= 1


def slow_share(first: float, last: float, shares: list[float], bins: IntervalBins, days: Days) -> float:
    """P(first <= I <= last): for each class, its probability times the share of its own intervals in there."""
    total = 0.0
    for number, share in enumerate(shares):
        own = [day for day in days if sum(edge <= day for edge in bins.edges) == number]
        if own:
            total += share * sum(first <= day <= last for day in own) / len(own)
    return total


@given(
    st.lists(st.integers(0, 150), min_size=1, max_size=30),
    st.lists(st.floats(0.01, 1), min_size=5, max_size=5),
    st.integers(1, 160),
    bins_strategy(),
)
def test_bins_from_the_as_of_are_conditional_on_the_elapsed_time(
    days: Days, shares: list[float], elapsed: int, bins: Bins
) -> None:
    intervals = IntervalBins.fit((40, 60, 80, 100), np.array(days))
    found = intervals.from_as_of(np.array([shares]), np.array([elapsed]), bins)[0]
    waiting = slow_share(elapsed, math.inf, shares, intervals, days)
    assert intervals.seen(np.array([elapsed])).tolist() == [sum(day >= elapsed for day in days)]
    if waiting == 0:
        assert found.tolist() == [0.0] * (bins.count - 1) + [1.0]
        return
    expected = [
        slow_share(elapsed + a - 1, math.inf if b is None else elapsed + b - 1, shares, intervals, days) / waiting
        for a, b in bins.ranges
    ]
    np.testing.assert_allclose(found, expected, atol=1e-9)


@given(st.integers(0, 200), st.floats(0, 0.9), st.integers(0, 5))
def test_the_split_parts_the_rows_at_random(rows: int, share: float, seed: int) -> None:
    learnt, tests = split(rows, share, seed)
    assert sorted([*learnt.tolist(), *tests.tolist()]) == list(range(rows))
    assert tests.size == int(rows * share)
    np.testing.assert_array_equal(learnt, split(rows, share, seed)[0])


def test_edges_that_do_not_increase_are_refused() -> None:
    for edges in ((), (0, 40), (60, 40), (3661,)):
        with pytest.raises(ValueError, match="interval_edges_days"):
            ClassicSettings(interval_edges_days=edges)


def shop() -> list[Days]:
    """Regulars at intervals of 5 to 16 days, some who left, some who came once, one never."""
    regulars = [list(range(START + code, START + 240, 5 + code)) for code in range(12)]
    left = [[START + code, START + code + 9, START + code + 60] for code in range(6)]
    return [*regulars, *left, *([START + 20 * code] for code in range(6)), []]


@pytest.fixture(scope="module")
def model() -> IntervalClassifierModel:
    return IntervalClassifierModel.fit(history_of(shop(), 3.0), AS_OF, BINS, SETTINGS, seed=7)


def test_same_seed_same_rows_and_nothing_from_the_as_of_on_counts(model: IntervalClassifierModel) -> None:
    past = [[day for day in days if day < AS_OF] for days in shop()]
    again = IntervalClassifierModel.fit(history_of(past, 3.0), AS_OF, BINS, SETTINGS, seed=7)
    rows = again.probabilities(history_of(past, 3.0), AS_OF)
    np.testing.assert_array_equal(rows, model.probabilities(history_of(shop(), 3.0), AS_OF))
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-9)
    assert (rows > 0).all()


def test_the_kept_out_windows_are_a_fifth_and_their_figures_are_kept(model: IntervalClassifierModel) -> None:
    past = [[day for day in days if day < AS_OF] for days in shop()]
    windows = sum(max(len(days) - 1, 0) for days in past)
    assert model.metrics["test_windows"] == windows // 5
    assert model.metrics["train_windows"] == windows - windows // 5
    assert 0 <= model.metrics["test_accuracy"] <= 1
    assert 0 < model.metrics["test_log_loss"] < math.log(1e9)


def test_training_learns_which_intervals_follow_which() -> None:
    """Every second customer comes every 10 days, the others every 50: three intervals tell which."""
    customers = [list(range(START, START + 400, 10 if code % 2 else 50)) for code in range(40)]
    settings = ClassicSettings(units=(8,), dense_units=(), dropout=0.0, epochs=30, batch_size=64, learning_rate=0.01)
    fitted = IntervalClassifierModel.fit(history_of(customers), START + 400, BINS, settings, seed=3)
    assert fitted.metrics["test_accuracy"] > 0.95
    unseen = history_of([[START + 10 * visit for visit in range(5)], [START + 50 * visit for visit in range(5)]])
    often = fitted.probabilities(unseen, START + 41)[0]
    seldom = fitted.probabilities(unseen, START + 201)[1]
    assert often[:2].sum() > 0.9
    assert seldom[-1] > 0.9


def test_where_nobody_waited_so_long_the_life_table_alone_answers(model: IntervalClassifierModel) -> None:
    history = history_of(shop())
    later = AS_OF + 3650
    table = fit_life_table(history, AS_OF, BINS)
    known = history.before(AS_OF).known
    np.testing.assert_allclose(
        model.probabilities(history.before(AS_OF), later)[known],
        table.probabilities(history.before(AS_OF), later)[known],
        atol=1e-12,
    )


@pytest.mark.parametrize(
    "customers",
    [[[]], [[START]], [[START], [START + 3]], [list(range(START, START + 200))] * 3],
    ids=["none", "one visit", "two customers", "daily"],
)
def test_any_history_gives_valid_rows(customers: list[Days]) -> None:
    history = history_of(customers)
    fitted = IntervalClassifierModel.fit(history, AS_OF, BINS, SETTINGS, seed=1)
    daily, once = list(range(START - 3000, AS_OF)), [AS_OF - 1]
    for strangers in (history, history_of([daily, once, [START - 3650]])):
        rows = fitted.probabilities(strangers, AS_OF)
        assert (rows >= 0).all()
        np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-9)


def test_saved_and_loaded_it_says_the_same(model: IntervalClassifierModel, tmp_path: Path) -> None:
    history = history_of(shop(), 3.0)
    model.save(tmp_path / "model")
    description = read_description(tmp_path / "model")
    loaded = load(tmp_path / "model", description, bins_of(description))
    assert (description["recipe"], loaded.recipe, loaded.metrics) == (model.recipe, model.recipe, model.metrics)
    np.testing.assert_array_equal(loaded.probabilities(history, AS_OF), model.probabilities(history, AS_OF))


def without_network(folder: Path) -> None:
    (folder / "network.keras").unlink()


def changed(**values: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        description = json.loads((folder / "model.json").read_text())
        (folder / "model.json").write_text(json.dumps({**description, **values}))

    return change


DAMAGES = [
    without_network,
    changed(look_back=4),
    changed(look_back=0),
    changed(look_back=None),
    changed(amounts=[0.0]),
    changed(amounts=[0.0, 0.0]),
    changed(metrics=None),
    changed(intervals=None),
    changed(intervals={"edges": [40, 30], "days": [1], "counts": [1]}),
    changed(intervals={"edges": [40], "days": [1], "counts": [1]}),
    changed(intervals={"edges": [40, 60, 80, 100], "days": [-1], "counts": [1]}),
    changed(intervals={"edges": [40, 60, 80, 100], "days": [1, 2], "counts": [1]}),
    changed(hazards=None),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_folder_is_an_input_error(
    model: IntervalClassifierModel, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    model.save(tmp_path)
    damage(tmp_path)
    with pytest.raises(InputError, match="damaged"):
        load(tmp_path, read_description(tmp_path), BINS)
