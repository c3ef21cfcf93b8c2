from __future__ import annotations

import numpy as np

from models.sales.features.successions import succession


def test_windows_of_a_series_follow_each_other() -> None:
    batches = succession(np.array([4, 7, 9]), last_origin=50, look_back=20, size=2)
    assert batches.series.tolist() == [[4, 7]] * 3 + [[9, 4]] * 3
    assert batches.origin[:, 0].tolist() == [10, 30, 50, 10, 30, 50]
    assert batches.first.tolist() == [True, False, False] * 2
