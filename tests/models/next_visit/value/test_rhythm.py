from __future__ import annotations

import numpy as np
import pytest

from models.next_visit.features.customers import TYPICAL_INTERVAL
from models.next_visit.value.rhythm import MOST_INTERVALS, Rhythm
from tests.models.next_visit.reference import START, base_of


def test_customers_keep_their_own_intervals_the_more_they_have() -> None:
    weekly, monthly = list(range(START, START + 140, 7)), list(range(START, START + 140, 28))
    base = base_of([*[weekly] * 9, *[monthly] * 9, monthly[:2], monthly[:1]], START + 150)
    usual = Rhythm.fit(base).usual_intervals(base.history, base.rows)
    assert usual[0] == pytest.approx(7.0, rel=0.05)
    assert usual[9] == pytest.approx(28.0, rel=0.1)
    assert usual[0] < usual[18] < usual[9]
    assert np.isnan(usual[19])


def test_old_habits_do_not_count() -> None:
    daily = [START + day for day in range(40)]
    weekly = [START + 40 + 7 * number for number in range(MOST_INTERVALS + 1)]
    others = [[START + 3 * number for number in range(20)]] * 9
    base = base_of([daily + weekly, *others], START + 400)
    usual = Rhythm.fit(base).usual_intervals(base.history, base.rows)
    assert usual[0] == pytest.approx(7.0, rel=0.1)


def test_where_nobody_returned_a_typical_interval_counts() -> None:
    base = base_of([[START], [START + 3]], START + 20)
    rhythm = Rhythm.fit(base)
    assert rhythm.of_all == TYPICAL_INTERVAL
    assert np.isnan(rhythm.usual_intervals(base.history, base.rows)).all()
