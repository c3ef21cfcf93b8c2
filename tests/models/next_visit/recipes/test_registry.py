"""The two simplest candidates against slow counts and a slow likelihood; and what every simple recipe has to bear."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from models.next_visit.recipes.bg_nbd import BgNbd

from models.common.selection import no_progress
from models.next_visit.data.intervals import Rows
from models.next_visit.recipes import count_table
from models.next_visit.recipes.model import load_model
from models.next_visit.recipes.pareto_nbd import Purchases
from models.next_visit.recipes.registry import FITS, NETWORKS
from models.next_visit.settings import NextVisitSettings
from nightcast.errors import InputError
from nightcast.values import Bins
from tests.models.next_visit.reference import START, Days, history_of

SETTINGS = NextVisitSettings(bin_edges_days=(7, 14, 28))
AS_OF = START + 200
SIMPLE = sorted(FITS.keys() - {*NETWORKS.values(), "blend"})

ODD: dict[str, list[Days]] = {
    "nobody": [[]],
    "one customer, one visit": [[START]],
    "all new": [[AS_OF - 1], [AS_OF - 1], [AS_OF - 2]],
    "nobody came twice": [[START], [START + 30], [START + 90]],
    "every day": [list(range(START, AS_OF))] * 3,
    "ten years ago": [[START - 3600, START - 3590]],
}


def shop() -> list[Days]:
    regulars = [list(range(START + code, START + 260, 5 + code)) for code in range(12)]
    return [*regulars, *([START + 20 * code] for code in range(9)), [START, START + 3]]


@pytest.mark.parametrize("recipe", SIMPLE)
@pytest.mark.parametrize("name", ODD)
def test_any_history_gives_rows_that_sum_to_one(recipe: str, name: str) -> None:
    history = history_of(ODD[name])
    rows = FITS[recipe](history, AS_OF, SETTINGS, 1, no_progress).probabilities(history, AS_OF)
    assert np.isfinite(rows).all()
    assert (rows > 0).all()
    np.testing.assert_allclose(rows.sum(axis=1), 1.0, atol=1e-9)


@pytest.mark.parametrize("recipe", SIMPLE)
def test_what_comes_later_changes_nothing_and_what_is_saved_is_the_same(recipe: str, tmp_path: Path) -> None:
    history, past = history_of(shop()), history_of([[day for day in days if day < AS_OF] for days in shop()])
    model = FITS[recipe](history, AS_OF, SETTINGS, 1, no_progress)
    again = FITS[recipe](past, AS_OF, SETTINGS, 1, no_progress)
    rows = model.probabilities(past, AS_OF)
    np.testing.assert_allclose(rows, again.probabilities(past, AS_OF), rtol=1e-9)
    model.save(tmp_path)
    np.testing.assert_array_equal(load_model(tmp_path).probabilities(past, AS_OF), rows)


@pytest.mark.parametrize("recipe", ["bg_nbd", "count_table", "pareto_nbd"])
@pytest.mark.parametrize("values", [None, {}, [[2.0]], {"r": "x"}])
def test_a_damaged_model_is_refused(recipe: str, values: object, tmp_path: Path) -> None:
    FITS[recipe](history_of(shop()), AS_OF, SETTINGS, 1, no_progress).save(tmp_path)
    description = json.loads((tmp_path / "model.json").read_text())
    (tmp_path / "model.json").write_text(json.dumps({**description, "parameters": values, "shares": values}))
    with pytest.raises(InputError, match="damaged"):
        load_model(tmp_path)


def test_a_cell_is_counted_and_shrunk_step_by_step() -> None:
    history, bins = history_of(shop()), SETTINGS.bins
    model = count_table.fit_count_table(history, AS_OF, SETTINGS, 1)
    rows, labels = [], []
    for landmark in range(AS_OF - 28, START, -14):
        for days in shop():
            known, later = [day for day in days if day < landmark], [day for day in days if day >= landmark]
            if known:
                rows.append((known, landmark))
                wait = later[0] - landmark + 1 if later else 99
                labels.append(sum(wait > edge for edge in bins.edges))

    def cell(known: Days, day: int) -> tuple[int, int, int]:
        elapsed, count = day - known[-1], len(known)
        ratio = elapsed * (count - 1) / (known[-1] - known[0]) if count > 1 else math.inf
        column = sum(ratio >= edge for edge in count_table.OVER_MEAN) if count > 1 else 6
        return (
            sum(elapsed >= edge for edge in count_table.ELAPSED),
            sum(count >= edge for edge in count_table.VISIT_DAYS),
            column,
        )

    places = [cell(*row) for row in rows]
    asked = cell([day for day in shop()[3] if day < AS_OF], AS_OF)
    shares = (np.bincount(labels, minlength=4) + 1) / (len(labels) + 4)
    for depth in (1, 2, 3):
        inside = [label for place, label in zip(places, labels, strict=True) if place[:depth] == asked[:depth]]
        shares = (np.bincount(inside, minlength=4) + 20 * shares) / (len(inside) + 20)
    np.testing.assert_allclose(model.probabilities(history.before(AS_OF), AS_OF)[3], shares)


def test_a_cell_is_found_for_one_visit_too() -> None:
    history = history_of([[START], [START, START + 10]])
    found = count_table.cells(history, Rows.at(history, np.array([0, 1]), START + 20))
    assert np.stack(np.unravel_index(found, count_table.SHAPE), axis=1).tolist() == [[3, 0, 6], [2, 1, 2]]


@given(st.floats(0.1, 5), st.floats(1, 100), st.floats(0.1, 5), st.floats(0.1, 5), st.integers(0, 20), st.data())
def test_bg_nbd_is_what_leaving_after_visits_means(
    r: float, alpha: float, a: float, b: float, repeats: int, data: st.DataObject
) -> None:
    recency = data.draw(st.floats(1.0, 300.0)) if repeats else 0.0
    age = recency + data.draw(st.floats(0.5, 300.0))
    bought = Purchases(np.array([float(repeats)]), np.array([recency]), np.array([age]))
    hazard = BgNbd(r, alpha, a, b).bin_hazards(bought, Bins((30,)))[0, 0]
    odds = a / (b + repeats - 1) * ((alpha + age) / (alpha + recency)) ** (r + repeats) if repeats else 0.0
    alive = 1 / (1 + odds)  # Fader, Hardie and Lee's P(alive)
    quiet = ((alpha + age) / (alpha + age + 30)) ** (r + repeats)  # of one who stays, whose rate is gamma distributed
    assert hazard == pytest.approx(alive * (1 - quiet), rel=1e-6, abs=1e-8)


def test_the_parameters_of_simulated_customers_are_found() -> None:
    random, truth = np.random.default_rng(6), BgNbd(0.8, 30.0, 0.8, 2.5)
    days: list[Days] = []
    for _ in range(6_000):
        rate, leaving = random.gamma(truth.r, 1 / truth.alpha), random.beta(truth.a, truth.b)
        moment, own = 0.0, [START]
        while random.random() >= leaving or len(own) == 1:
            moment += random.exponential(1 / max(rate, 1e-9))
            if moment >= 730:
                break
            own.append(START + int(moment))
        days.append(own)
    model = FITS["bg_nbd"](history_of(days), START + 730, SETTINGS, 1, no_progress)
    found = vars(model)["parameters"]
    assert found.r / found.alpha == pytest.approx(truth.r / truth.alpha, rel=0.2)
    assert found.a / (found.a + found.b) == pytest.approx(truth.a / (truth.a + truth.b), rel=0.2)
