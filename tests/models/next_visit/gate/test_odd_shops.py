"""Shops that are strange, but happen: the gate gives every customer a row, and says what was missing."""

from __future__ import annotations

import numpy as np
import pytest

from models.common.selection import Selection
from models.next_visit.data.visits import VisitHistory
from models.next_visit.gate.select import select
from models.next_visit.recipes.model import NextVisitModel
from models.next_visit.settings import NextVisitSettings
from tests.models.next_visit.reference import START, Days, history_of

SETTINGS = NextVisitSettings(
    bin_edges_days=(7, 14), look_back=4, units=4, head_units=4, epochs=1, minimum_rows=20, minimum_customers=3
)
AS_OF = START + 200
REGULARS = [list(range(START + code, AS_OF, 5 + code)) for code in range(8)]

SHOPS: dict[str, list[Days]] = {
    "one of them with ten thousand visits": [list(range(AS_OF - 10_000, AS_OF)), *REGULARS],
    "nobody ever returns": [[START + code] for code in range(190)],
    "all at once": [[START]] * 30,
    "all come every day": [list(range(START, AS_OF))] * 5,
}


def served(history: VisitHistory, settings: NextVisitSettings = SETTINGS) -> Selection[NextVisitModel]:
    found = select(history, AS_OF, settings, 1)
    rows = found.model.probabilities(history, AS_OF)
    assert np.isfinite(rows).all()
    assert (rows >= 0).all()
    np.testing.assert_allclose(rows.sum(axis=1), 1.0, atol=1e-9)
    return found


@pytest.mark.parametrize("name", SHOPS)
def test_every_customer_gets_a_row_and_the_recipes_are_compared(name: str) -> None:
    assert " against " in served(history_of(SHOPS[name], 1.0)).decision


def test_where_nobody_ever_returns_nobody_is_expected() -> None:
    history = history_of(SHOPS["nobody ever returns"])
    assert served(history).model.probabilities(history, AS_OF)[:, -1].min() > 0.9


def test_all_customers_new_is_said_and_the_life_table_serves() -> None:
    found = served(history_of([[AS_OF - 1 - code % 3] for code in range(50)]))
    assert found.recipe == "life_table"
    assert "the bins reach 14 days ahead, further than the history of 3 days" in found.decision
    assert "26 days of history are missing" in found.decision


def test_bins_longer_than_the_history_say_how_much_they_need() -> None:
    long = SETTINGS.model_copy(update={"bin_edges_days": (7, 400)})
    found = served(history_of(REGULARS), long)
    assert found.recipe == "life_table"
    assert (
        "the bins reach 400 days ahead, further than the history of 200 days goes back; 601 days of history are missing"
        in found.decision
    )


def test_two_visits_a_second_apart_are_one_visit_day() -> None:
    twice = VisitHistory.from_rows([0, 0, 1], [START, START, START], [1.0, 2.0, 3.0], 2)
    assert twice.visit_days.tolist() == [1, 1]
    assert twice.amount.tolist() == [3.0, 3.0]
