from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.next_visit.curve.waits import WaitDays
from models.next_visit.curve.weekdays import Weekdays
from models.next_visit.data.customer_base import CustomerBase
from nightcast.values import Bins
from tests.models.next_visit.reference import AS_OF, EVEN, START, Days, base_of

BINS = Bins((7, 14, 28))


def courses(random: np.random.Generator) -> list[Days]:
    """Customers who come nine days after each visit, or twenty, in turn; the weekday changes every time."""
    steps = np.where(random.random((200, 30)) < 0.7, 9, 20).cumsum(axis=1) + random.integers(0, 20, (200, 1))
    return [[START + int(step) for step in row if START + step < AS_OF] for row in steps]


def weight_of(base: CustomerBase, wait_days: WaitDays) -> NDArray[np.float64]:
    return wait_days.ahead(base.history, base.rows, BINS.horizon)


def test_a_rhythm_of_waits_counts() -> None:
    base = base_of(courses(np.random.default_rng(1)))
    weight = weight_of(base, WaitDays.fit(base, BINS, EVEN))
    elapsed = base.rows.elapsed(base.history)
    waiting = np.flatnonzero((elapsed > 2) & (elapsed < 8))
    assert waiting.size > 20
    assert (elapsed[waiting] + weight[waiting, :7].argmax(axis=1) == 9).all()


def test_weekdays_that_customers_keep_are_no_rhythm_of_waits() -> None:
    random, day = np.random.default_rng(2), np.arange(START, AS_OF)
    own = random.random((200, 7)).argsort(axis=1) < 3
    comes = own[:, day % 7] & (random.random((200, day.size)) < 0.8)
    base = base_of([day[row].tolist() for row in comes])
    weekdays = Weekdays.fit(base)
    assert weekdays.concentration < 10
    np.testing.assert_array_equal(weight_of(base, WaitDays.fit(base, BINS, weekdays)), 1.0)


def test_without_a_horizon_that_is_over_every_day_is_like_any_other() -> None:
    shops: list[list[Days]] = [[[]], [[AS_OF - 5, AS_OF - 2]]]
    for shop in shops:
        base = base_of(shop)
        assert WaitDays.fit(base, BINS, EVEN).hazards.tolist() == WaitDays.even().hazards.tolist()
