"""Whether there is enough to learn from is tested with the gate; here, where settings are searched."""

from __future__ import annotations

import pytest

from models.next_visit.gate.origins import comparable_bins, origin_day, search_origins
from nightcast.errors import InputError
from nightcast.values import Bins
from tests.models.next_visit.reference import START, base_of

BINS = Bins((7, 14))


def test_the_horizon_of_the_origin_ends_on_the_day_before_the_as_of() -> None:
    assert origin_day(START, BINS) + BINS.horizon - 1 == START - 1


@pytest.mark.parametrize(("days", "edges"), [(14, (7, 14)), (15, (7,)), (28, (7,)), (29, (7, 14)), (500, (7, 14))])
def test_recipes_are_compared_over_the_bins_that_the_history_has_two_horizons_of(
    days: int, edges: tuple[int, ...]
) -> None:
    assert comparable_bins(base_of([[START]], START + days), BINS).edges == edges


@pytest.mark.parametrize(("days", "count"), [(43, 1), (49, 1), (50, 2), (500, 2)])
def test_a_search_looks_at_origins_before_the_gates(days: int, count: int) -> None:
    as_of = START + days
    origins = search_origins(base_of([[START]], as_of), BINS)
    assert origins == [as_of - 28, as_of - 35][:count]
    assert all(origin - START > BINS.horizon for origin in origins)


def test_too_short_a_history_is_refused() -> None:
    with pytest.raises(InputError):
        search_origins(base_of([[START]], START + 42), BINS)
