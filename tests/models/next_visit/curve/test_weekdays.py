from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from models.next_visit.curve.weekdays import CONCENTRATIONS, MOST_VISITS, Weekdays, weekday_counts
from tests.models.next_visit.reference import AS_OF, START, Days, base_of, shops, visit_days


@given(shops())
def test_counts_are_those_of_each_customers_newest_days(shop: list[Days]) -> None:
    base = base_of(shop)
    counts = weekday_counts(base.history, base.rows)
    for row, code in enumerate(base.rows.customer):
        days = visit_days(shop[code], AS_OF)[-MOST_VISITS:]
        assert counts[row].tolist() == [sum(day % 7 == weekday for day in days) for weekday in range(7)]


def test_only_the_newest_visits_count() -> None:
    base = base_of([[*range(START, START + 70, 7), *range(START + 71, START + 71 + 7 * 10, 7)]] * 3)
    assert weekday_counts(base.history, base.rows).sum() == 60
    many = base_of([list(range(START, AS_OF, 2))])
    assert weekday_counts(many.history, many.rows).sum() == MOST_VISITS


def test_customers_alike_are_drawn_to_the_shop_and_others_are_not() -> None:
    random = np.random.default_rng(1)
    alike = base_of([sorted({int(day) for day in random.integers(START, AS_OF, 20)}) for _ in range(300)])
    loyal = base_of([list(range(START + place % 7, AS_OF, 7 * (1 + place % 3))) for place in range(300)])
    assert Weekdays.fit(alike).concentration > 100
    assert Weekdays.fit(loyal).concentration == pytest.approx(CONCENTRATIONS[0], rel=0.1)


def test_a_weekday_is_closed_only_where_visits_were_to_be_expected() -> None:
    without = [[day for day in range(START + place, AS_OF, 5) if day % 7 != 3] for place in range(30)]
    assert Weekdays.fit(base_of(without)).shop[3] == 0
    few = Weekdays.fit(base_of([[AS_OF - 20, AS_OF - 6]]))
    assert (few.shop > 0).all()
    assert few.shop.sum() == pytest.approx(1)


def test_own_days_of_a_weekday_that_was_closed_since_then_do_not_count() -> None:
    sunday = [day for day in range(START, START + 60) if day % 7 == 3]
    open_days = [[day for day in range(START + place, AS_OF, 5) if day % 7 != 3] for place in range(30)]
    base = base_of([sunday, *open_days])
    shares = Weekdays.fit(base).own(base.history, base.rows)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert (shares[:, 3] == 0).all()


def test_no_visit_is_no_error() -> None:
    nobody = base_of([[]])
    assert Weekdays.fit(nobody).own(nobody.history, nobody.rows).shape == (0, 7)
