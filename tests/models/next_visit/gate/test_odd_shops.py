"""Shops that are strange, but happen: the gate gives every customer a row, and says what was missing."""

from __future__ import annotations

import numpy as np
import pytest

from models.common.recipe import Training
from models.common.selection import Selection
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.gate.select import select
from models.next_visit.recipes.model import NextVisitModel
from models.next_visit.recipes.registry import RECIPES
from models.next_visit.settings import NextVisitSettings
from tests.models.next_visit.reference import AS_OF, SMALL, START, Days, base_of

REGULARS = [list(range(START + code, AS_OF, 5 + code)) for code in range(8)]

SHOPS: dict[str, list[Days]] = {
    "one of them with ten thousand visits": [list(range(AS_OF - 10_000, AS_OF)), *REGULARS],
    "nobody ever returns": [[START + code] for code in range(190)],
    "all at once": [[START]] * 30,
    "all come every day": [list(range(START, AS_OF))] * 5,
}


@pytest.fixture(autouse=True)
def small_shops_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.next_visit.gate.origins.MINIMUM_ROWS", 20)
    monkeypatch.setattr("models.next_visit.gate.origins.MINIMUM_CUSTOMERS", 3)


def served(known: CustomerBase, settings: NextVisitSettings = SMALL) -> Selection[NextVisitModel]:
    selection = select(known, settings, 1)
    rows = selection.model.probabilities(known)
    assert np.isfinite(rows).all()
    assert (rows >= 0).all()
    np.testing.assert_allclose(rows.sum(axis=1), 1.0, atol=1e-9)
    return selection


@pytest.mark.parametrize("name", SHOPS)
def test_every_customer_gets_a_row_and_the_recipes_are_compared(name: str) -> None:
    assert " against " in served(base_of(SHOPS[name], amount=1.0)).decision


def test_where_nobody_ever_returns_nobody_is_expected() -> None:
    known = base_of(SHOPS["nobody ever returns"])
    assert served(known).model.probabilities(known)[:, -1].min() > 0.9


@pytest.mark.parametrize("recipe", ["life_table", "pareto_nbd", "gradient_boosting", "hazard_lstm", "blend"])
def test_where_nobody_ever_returned_a_visit_stays_possible(recipe: str) -> None:
    known = base_of(SHOPS["nobody ever returns"])
    days = sum(AS_OF - visits[0] for visits in SHOPS["nobody ever returns"])
    returning = RECIPES[recipe].fit(known, Training(SMALL, 1)).probabilities(known)[:, :-1].sum(axis=1)
    assert (returning > 0.9 * 0.5 * SMALL.bins.horizon / days).all()
    assert (returning < 0.02).all()


def test_all_customers_new_is_said_and_the_life_table_serves() -> None:
    selection = served(base_of([[AS_OF - 1 - code % 3] for code in range(50)]))
    assert selection.recipe == "life_table"
    assert "26 days of history are missing" in selection.decision


def test_bins_longer_than_the_history_say_how_much_they_need() -> None:
    long = SMALL.model_copy(update={"bin_edges_days": (7, 400)})
    selection = served(base_of(REGULARS), long)
    assert selection.recipe == "life_table"
    assert "601 days of history are missing" in selection.decision
