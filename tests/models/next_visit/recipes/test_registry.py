"""What every recipe of next visits has to bear."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from models.common.recipe import Training
from models.next_visit.recipes.registry import BASELINE, NETWORKS, RECIPES, candidates, load_model, searched_recipe
from models.next_visit.settings import NextVisitSettings, RecipeName
from nightcast.errors import InputError
from tests.models.next_visit.reference import AS_OF, START, Days, base_of, history_of, small_shop

SETTINGS = NextVisitSettings(bin_edges_days=(7, 14, 28))
SIMPLE = sorted(RECIPES.keys() - {*NETWORKS, "blend"})

ODD: dict[str, list[Days]] = {
    "nobody": [[]],
    "one customer, one visit": [[START]],
    "all new": [[AS_OF - 1], [AS_OF - 1], [AS_OF - 2]],
    "nobody came twice": [[START], [START + 30], [START + 90]],
    "every day": [list(range(START, AS_OF))] * 3,
    "ten years ago": [[START - 3600, START - 3590]],
}


@pytest.mark.parametrize("recipe", SIMPLE)
@pytest.mark.parametrize("name", ODD)
def test_any_history_gives_rows_that_sum_to_one(recipe: str, name: str) -> None:
    known = base_of(ODD[name])
    rows = RECIPES[recipe].fit(known, Training(SETTINGS, 1)).probabilities(known)
    assert np.isfinite(rows).all()
    assert (rows > 0).all()
    np.testing.assert_allclose(rows.sum(axis=1), 1.0, atol=1e-9)


@pytest.mark.parametrize("recipe", SIMPLE)
def test_what_is_saved_is_the_same(recipe: str, tmp_path: Path) -> None:
    known = base_of(small_shop())
    model = RECIPES[recipe].fit(known, Training(SETTINGS, 1))
    model.save(tmp_path)
    loaded = load_model(tmp_path)
    assert (loaded.recipe, loaded.bins) == (recipe, SETTINGS.bins)
    np.testing.assert_allclose(loaded.probabilities(known), model.probabilities(known), rtol=1e-12)


def test_what_comes_later_changes_nothing() -> None:
    assert max(map(max, filter(None, small_shop()))) >= AS_OF
    past = history_of([[day for day in days if day < AS_OF] for days in small_shop()])
    np.testing.assert_array_equal(base_of(small_shop()).history.day, past.day)


@pytest.mark.parametrize("recipe", ["life_table", "pareto_nbd"])
@pytest.mark.parametrize("values", [None, {}, [[2.0]], {"r": "x"}])
def test_a_damaged_model_is_refused(recipe: str, values: object, tmp_path: Path) -> None:
    RECIPES[recipe].fit(base_of(small_shop()), Training(SETTINGS, 1)).save(tmp_path)
    description = json.loads((tmp_path / "model.json").read_text())
    (tmp_path / "model.json").write_text(json.dumps({**description, "parameters": values, "hazards": values}))
    with pytest.raises(InputError):
        load_model(tmp_path)


def test_the_settings_name_the_recipes() -> None:
    assert {*get_args(RecipeName)} == RECIPES.keys()
    assert all(recipe.name == name for name, recipe in RECIPES.items())


def test_candidates_are_the_chosen_recipes_after_the_baseline() -> None:
    assert [one.name for one in candidates(SETTINGS)] == [BASELINE, "hazard_lstm", "gradient_boosting", "pareto_nbd"]
    chosen = NextVisitSettings(recipes=("pareto_nbd", "multi_sequence"))
    tuned = chosen.model_copy(update={"look_back": 9})
    taking_part = list(candidates(chosen, tuned))
    names = [BASELINE, "pareto_nbd", "multi_sequence", "multi_sequence with tuned settings"]
    assert [one.name for one in taking_part] == names
    assert [one.settings for one in taking_part] == [chosen, chosen, chosen, tuned]


@pytest.mark.parametrize(
    ("recipes", "network"),
    [
        ("auto", "hazard_lstm"),
        (("pareto_nbd", "multi_sequence", "hazard_lstm"), "multi_sequence"),
        (("pareto_nbd",), None),
    ],
)
def test_the_first_network_is_searched(recipes: object, network: str | None) -> None:
    assert searched_recipe(NextVisitSettings.model_validate({"recipes": recipes})) == network
