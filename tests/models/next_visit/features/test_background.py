from __future__ import annotations

import numpy as np
import pytest

from models.next_visit.features import background
from models.next_visit.features.background import Background
from models.next_visit.features.level import Level
from models.next_visit.features.life_table import LifeTable
from models.next_visit.features.pareto_nbd import ParetoNbd
from nightcast.errors import InputError
from nightcast.values import Bins
from tests.models.next_visit.reference import base_of, small_shop

BINS = Bins((7, 14))


def test_each_part_is_fitted_once_for_a_base(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted: list[str] = []
    for part in (LifeTable, ParetoNbd, Level):
        original = part.fit

        def fit(*arguments: object, part: type = part, original: object = original) -> object:
            fitted.append(part.__name__)
            return original(*arguments)  # type: ignore[operator]

        monkeypatch.setattr(background, part.__name__, type("", (), {"fit": staticmethod(fit)}))
    base = base_of(small_shop())
    first, again, other = (Background.of(base, bins) for bins in (BINS, BINS, Bins((7,))))
    assert again is first
    assert other.pareto_nbd is first.pareto_nbd
    assert sorted(fitted) == ["Level", "Level", "LifeTable", "ParetoNbd"]


def test_described_and_read_it_is_the_same() -> None:
    fitted = Background.of(base_of(small_shop()), BINS)
    again = Background.described(fitted.describe(), BINS)
    np.testing.assert_array_equal(again.table.hazards, fitted.table.hazards)
    np.testing.assert_array_equal(again.level.intercepts, fitted.level.intercepts)
    assert again.pareto_nbd == fitted.pareto_nbd


@pytest.mark.parametrize("name", ["hazards", "pareto_nbd", "level"])
def test_a_missing_part_is_refused(name: str) -> None:
    described = Background.of(base_of(small_shop()), BINS).describe()
    with pytest.raises(InputError):
        Background.described(described | {name: None}, BINS)
