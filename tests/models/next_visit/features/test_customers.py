from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.next_visit.data.intervals import known_rows, waits
from models.next_visit.features.background import Background
from models.next_visit.features.customers import (
    RECENT_DAYS,
    Features,
    customer_features,
    features_in_chunks,
    summary_names,
)
from models.next_visit.features.level import Level
from models.next_visit.features.level_process import YEAR
from models.next_visit.features.life_table import LifeTable
from models.next_visit.features.pareto_nbd import ParetoNbd
from models.next_visit.features.purchases import Purchases
from nightcast.values import Bins
from tests.models.next_visit.reference import (
    START,
    Days,
    base_of,
    bins_strategy,
    history_of,
    intervals,
    shops,
    small_shop,
    visit_days,
)

AS_OFS = st.integers(START - 5, START + 500)
LOOK_BACK = 4
AMOUNT = 20.0
PARETO_NBD = ParetoNbd(0.7, 60.0, 0.5, 400.0)


def made(shop: list[Days], as_of: int, bins: Bins, table: LifeTable, amount: float = AMOUNT) -> Features:
    history, level = history_of(shop, amount), Level.flat(as_of, bins)
    background = Background(table, PARETO_NBD, level)
    return customer_features(history, known_rows(history, as_of), bins, LOOK_BACK, background)


def any_table() -> LifeTable:
    return LifeTable.fit(waits(history_of([[START, START + 9, START + 40], [START]]), START + 300))


def slow_summary(days: Days, as_of: int, bins: Bins, table: LifeTable) -> list[float]:
    known, gaps = visit_days(days, as_of), intervals(days, as_of)[-LOOK_BACK:]
    elapsed, tenure = as_of - known[-1], as_of - known[0]
    logs = [math.log1p(gap) for gap in gaps]
    mean = (known[-1] - known[0] + 30) / len(known)
    last_year = [day for day in known if as_of - YEAR <= day < as_of - YEAR + bins.horizon]
    own = []
    hazards = table.bin_hazards(np.array([elapsed]), np.array([len(known)]), bins)[0]
    for hazard, (first, last) in zip(hazards, bins.ranges[:-1], strict=True):
        reached = [gap for gap in gaps if gap >= elapsed + first - 1]
        ended = [gap for gap in reached if gap <= elapsed + (last or 0) - 1]
        own.append((len(ended) + 3 * hazard) / (len(reached) + 3))
    bought = Purchases(np.array([len(known) - 1.0]), np.array([known[-1] - known[0] + 0.0]), np.array([tenure - 0.5]))
    chances = np.clip([*own, *hazards, *PARETO_NBD.bin_hazards(bought, bins)[0]], 1e-5, 1 - 1e-5)
    counts = [math.log1p(sum(day >= as_of - span for day in known)) for span in RECENT_DAYS]
    start = [math.log1p(elapsed), math.log1p(len(known)), math.log(elapsed / mean)]
    shape = [math.log1p(elapsed) - float(np.mean(logs)), float(np.std(logs))] if gaps else [0.0, 0.0]
    past = [*start, *shape, *slow_habits(gaps, elapsed), math.log1p(AMOUNT), *counts, math.log1p(len(last_year))]
    return [*past, *(math.log(chance / (1 - chance)) for chance in chances)]


def slow_habits(gaps: list[int], elapsed: int) -> list[float]:
    count = min(len(gaps), 5)
    median = (statistics.median_low(gaps) * count if gaps else 0) + 30 * 2
    weights = [0.7**age for age in range(len(gaps))][::-1]
    recent = sum(weight * math.log1p(gap) for weight, gap in zip(weights, gaps, strict=True)) + 0.5 * math.log1p(30)
    recent /= sum(weights) + 0.5
    longest = max(gaps, default=0)
    return [
        math.log(elapsed / (median / (count + 2))),
        math.log1p(elapsed) - recent,
        recent,
        (sum(gap >= elapsed for gap in gaps) + 1) / (len(gaps) + 2),
        math.log1p(longest),
        float(elapsed > longest),
    ]


def one_visit_a_day(shop: list[Days]) -> list[Days]:
    return [sorted(set(days)) for days in shop]


@given(shops(), AS_OFS, bins_strategy())
def test_summary_is_the_slow_one(shop: list[Days], as_of: int, bins: Bins) -> None:
    shop, table = one_visit_a_day(shop), any_table()
    summary = made(shop, as_of, bins, table).summary
    expected = [slow_summary(days, as_of, bins, table) for days in shop if visit_days(days, as_of)]
    assert summary.shape == (len(expected), len(summary_names(bins)))
    np.testing.assert_allclose(summary, np.reshape(expected, summary.shape), rtol=1e-4, atol=2e-3)


@given(shops(), AS_OFS)
def test_sequence_is_the_last_intervals_newest_last(shop: list[Days], as_of: int) -> None:
    sequence = made(one_visit_a_day(shop), as_of, Bins((7,)), any_table()).sequence
    for row, days in zip(sequence, [days for days in shop if visit_days(days, as_of)], strict=True):
        gaps = intervals(days, as_of)[-LOOK_BACK:]
        padding = LOOK_BACK - len(gaps)
        assert (row[:padding] == 0).all()
        for step, gap in zip(row[padding:], gaps, strict=True):
            angle = 2 * math.pi * gap / 7
            expected = [1, math.log1p(gap), math.log1p(AMOUNT), math.cos(angle), math.sin(angle)]
            np.testing.assert_allclose(step, expected, atol=1e-4)


@given(shops(), st.integers(START + 1, START + 420), st.lists(st.integers(0, 300), max_size=5))
def test_what_comes_later_changes_no_feature(shop: list[Days], as_of: int, later: Days) -> None:
    bins, table = Bins((7, 28)), any_table()
    past = [[day for day in days if day < as_of] for days in shop]
    future = [days + [as_of + day for day in later] for days in past]
    for before, after in zip(
        vars(made(past, as_of, bins, table)).values(), vars(made(future, as_of, bins, table)).values(), strict=True
    ):
        np.testing.assert_array_equal(before, after)


def test_many_rows_in_chunks_have_the_same_features(monkeypatch: pytest.MonkeyPatch) -> None:
    base = base_of(small_shop(), amount=AMOUNT)
    arguments = base.history, base.rows, Bins((7, 28)), LOOK_BACK, Background.of(base, Bins((7, 28)))
    together = customer_features(*arguments)
    monkeypatch.setattr("models.next_visit.features.customers.CHUNK", 5)
    for name, part in vars(features_in_chunks(*arguments)).items():
        np.testing.assert_array_equal(part, getattr(together, name))


def test_a_level_raises_the_offset_alone() -> None:
    rows = made([[START, START + 5]], START + 20, Bins((7, 28)), any_table())
    raised = rows.raised(np.array([0.5, -1.0]))
    np.testing.assert_allclose(raised.offset - rows.offset, [[0.5, -1.0]], atol=1e-6)
    assert raised.summary is rows.summary
