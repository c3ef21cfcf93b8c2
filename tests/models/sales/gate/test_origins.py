from __future__ import annotations

import numpy as np
import pytest

from models.sales.gate.origins import choose_origins
from tests.models.sales.shop import START, panel_of


@pytest.mark.parametrize(
    ("length", "expected"), [(200, [179, 186, 193]), (52, [35, 40, 45]), (44, [35, 36, 37]), (43, [35, 36]), (41, [])]
)
def test_origins_come_closer_where_the_history_is_short(length: int, expected: list[int]) -> None:
    origins = choose_origins(panel_of(np.ones((1, length))), 3)
    assert [ordinal - START for ordinal in origins.ordinals] == expected
