from __future__ import annotations

import numpy as np
import pytest

from models.sales.gate.origins import MORE_ORIGINS, ORIGINS, PastOrigins, choose_origins, origin_count
from tests.models.sales.shop import START, panel_of, rhythm


@pytest.mark.parametrize(
    ("length", "expected", "steps"),
    [
        (200, [179, 186, 193], 7),
        (60, [40, 46, 53], 7),
        (30, [20, 22, 25], 5),
        (14, [10, 11, 12], 2),
        (6, [4, 5], 1),
        (5, [4], 1),
        (4, [], 0),
    ],
)
def test_origins_come_closer_and_compare_less_where_the_history_is_short(
    length: int, expected: list[int], steps: int
) -> None:
    origins = choose_origins(panel_of(np.ones((1, length))), 3)
    assert [ordinal - START for ordinal in origins.ordinals] == expected
    assert origins.steps == steps


def test_few_values_are_observed_at_more_origins_where_nothing_is_trained() -> None:
    few, many = (panel_of(np.ones((series, 90))) for series in (3, 500))
    assert origin_count(few, trains=False) == MORE_ORIGINS
    assert origin_count(few, trains=True) == origin_count(many, trains=False) == ORIGINS


def test_late_rows_move_the_origins() -> None:
    late, punctual = (choose_origins(panel_of(np.ones((1, 90)), late)) for late in (5, 0))
    assert late == punctual


def test_what_is_observed_ends_with_the_compared_steps() -> None:
    values = rhythm(3, 60)
    panel = panel_of(values)
    past = PastOrigins.of(panel, (panel.end - 12, panel.end - 4), 4)
    for actual, first in zip(past.actuals, (48, 56), strict=True):
        np.testing.assert_array_equal(actual[:, :4], values[:, first : first + 4])
        assert np.isnan(actual[:, 4:]).all()
    assert [known.length for known in past.panels] == [48, 56]
    assert past.days == [START + 48, START + 56]
    assert (past.newest.days, len(past.newest.level)) == ([START + 56], 3)
    np.testing.assert_array_equal(past.take(np.array([2])).actuals[0], past.actuals[0][2:])
