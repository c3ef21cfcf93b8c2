from __future__ import annotations

import numpy as np
import pytest

from models.sales.data.calendar import Calendar
from models.sales.data.lengths import resolve_lengths
from models.sales.settings import SalesSettings
from tests.models.sales.shop import panel_of


def test_a_season_of_one_hundred_days_keeps_windows_affordable() -> None:
    panel = panel_of(np.ones((1, 9)), settings=SalesSettings(season=100))
    assert panel.lengths.reach == 200


@pytest.mark.parametrize(("look_back", "expected"), [("auto", 63), (60, 63), (3, 3), (14, 14)])
def test_a_look_back_is_a_whole_number_of_patches(look_back: int, expected: int) -> None:
    lengths = resolve_lengths(SalesSettings(look_back=look_back), Calendar("D"))
    assert (lengths.look_back, lengths.look_back % lengths.patch) == (expected, 0)
