"""Holidays in a shop whose customers come every day, but for Christmas, and twice as many on the day after."""

from __future__ import annotations

import dataclasses
import datetime

import numpy as np
import pytest

from models.next_visit.curve.curve import Curve
from models.next_visit.curve.holidays import Holidays
from models.next_visit.data.customer_base import CustomerBase
from nightcast.errors import SettingsError
from nightcast.values import Bins, to_day
from tests.models.next_visit.reference import Days, base_of, shared_of


def day(text: str) -> int:
    return to_day(datetime.date.fromisoformat(text))


FIRST, AS_OF = day("2023-06-01"), day("2025-12-20")
CHRISTMAS, BOXING_DAY = ([day(f"{year}-12-{date}") for year in (2023, 2024)] for date in (25, 26))


def shop(customers: int = 200) -> CustomerBase:
    ordinary = [one for one in range(FIRST, AS_OF) if one not in CHRISTMAS]

    def days_of(place: int) -> Days:
        return [one for one in ordinary if place < customers // 2 or one in BOXING_DAY]

    return base_of([days_of(place) for place in range(customers)], AS_OF)


def test_closed_holidays_have_hardly_a_visit_and_busy_ones_more() -> None:
    factor = Holidays.fit(shop(), "GB-ENG", 28).factor
    christmas = day("2025-12-25") - AS_OF
    assert factor[christmas] == pytest.approx(0, abs=0.1)
    assert factor[christmas + 1] == pytest.approx(2, abs=0.2)
    assert factor[:christmas].tolist() == [1.0] * christmas


def test_few_visits_say_little() -> None:
    assert Holidays.fit(shop(2), "GB-ENG", 28).factor[day("2025-12-25") - AS_OF] == pytest.approx(0.9, abs=0.1)


@pytest.mark.parametrize("country", [None, "GB-ENG"])
def test_without_a_country_or_a_visit_all_days_are_alike(country: str | None) -> None:
    base = shop(2) if country is None else base_of([[]], AS_OF)
    assert Holidays.fit(base, country, 28).factor.tolist() == [1.0] * 28


def test_an_unknown_country_is_refused() -> None:
    with pytest.raises(SettingsError, match="XX"):
        Holidays.fit(shop(2), "XX", 28)


def test_a_bin_keeps_its_probability_and_no_date_falls_on_a_closed_day() -> None:
    base, bins = shop(), Bins((7, 14))
    shared = shared_of(bins, as_of=AS_OF)
    closed = np.ones(bins.horizon)
    closed[2] = 1e-6
    row = np.array([[0.5, 0.2, 0.3]])
    single = CustomerBase(base.history.slice(0, 1), AS_OF)
    curve = Curve.of(dataclasses.replace(shared, holidays=Holidays(closed)), single.history, single.rows, row)
    chances = -np.expm1(-curve.days[0])
    assert chances[6] == pytest.approx(0.5)
    assert chances[2] - chances[1] < 1e-6
