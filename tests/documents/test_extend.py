"""The recipe of docs/extend.md is one."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from models.common.description import read_description
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.visits import VisitHistory
from models.next_visit.recipes.model import NextVisitTraining
from models.next_visit.settings import NextVisitSettings
from tests.documents.__main__ import DOCUMENTS


@pytest.fixture
def recipe(monkeypatch: pytest.MonkeyPatch) -> Any:
    (snippet,) = re.findall(r"```python\n(.*?)```", (DOCUMENTS / "extend.md").read_text(encoding="utf-8"), re.DOTALL)
    module = ModuleType("extended")
    monkeypatch.setitem(sys.modules, "extended", module)  # where dataclasses look
    exec(compile(snippet, "docs/extend.md", "exec"), vars(module))  # noqa: S102 the page is ours
    return module.EverybodyAlikeRecipe()


def test_the_recipe_of_the_page_forecasts_and_is_saved(recipe: Any, tmp_path: Path) -> None:
    as_of, random = 20_000, np.random.default_rng(0)
    customer, day = random.integers(50, size=900), as_of - random.integers(1, 300, size=900)
    known = CustomerBase.at(VisitHistory.from_rows(customer, day, np.ones(900), 50), as_of)
    model = recipe.fit(known, NextVisitTraining(NextVisitSettings(), 1))
    forecast = model.probabilities(known)
    np.testing.assert_allclose(forecast.sum(axis=1), 1)
    # With 18 visits in 300 days, most of those who were known 56 days ago have come within them.
    assert forecast[0, :-1].sum() > 0.8
    model.save(tmp_path / "model")
    again = recipe.load(tmp_path / "model", read_description(tmp_path / "model"))
    np.testing.assert_array_equal(again.probabilities(known), forecast)
