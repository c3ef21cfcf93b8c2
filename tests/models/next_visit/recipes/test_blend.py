"""The blend of the network and the trees."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from models.next_visit.data.visits import VisitHistory
from models.next_visit.gate.select import select
from models.next_visit.recipes.blend import BlendModel, fit_blend
from models.next_visit.recipes.model import load_model
from models.next_visit.settings import NextVisitSettings
from nightcast.errors import InputError
from tests.models.next_visit.reference import START, history_of

SETTINGS = NextVisitSettings(
    bin_edges_days=(7, 14), look_back=4, units=4, head_units=4, epochs=2, minimum_rows=50, minimum_customers=5
)
AS_OF = START + 200


def shop() -> VisitHistory:
    return history_of([list(range(START + code, START + 230, 5 + code)) for code in range(30)], 3.0)


@pytest.fixture(scope="module")
def model() -> BlendModel:
    return fit_blend(shop(), AS_OF, SETTINGS, 1, share=0.3)


def test_it_lies_between_its_parts_as_far_as_its_share_says(model: BlendModel) -> None:
    network, trees = (part.probabilities(shop(), AS_OF) for part in (model.network, model.trees))
    rows = model.probabilities(shop(), AS_OF)
    np.testing.assert_allclose(rows, trees + 0.3 * (network - trees), atol=1e-12)
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-9)
    assert np.abs(network - trees).max() > 1e-3


def test_saved_and_loaded_it_says_the_same(model: BlendModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    again = load_model(tmp_path)
    assert again.recipe == "blend"
    np.testing.assert_allclose(again.probabilities(shop(), AS_OF), model.probabilities(shop(), AS_OF), atol=1e-7)


@pytest.mark.parametrize(
    ("file", "name", "value"),
    [("model.json", "share", 1.5), ("model.json", "share", None), ("trees/model.json", "bin_edges_days", [7, 15])],
)
def test_damage_is_refused(model: BlendModel, tmp_path: Path, file: str, name: str, value: object) -> None:
    model.save(tmp_path)
    told = json.loads((tmp_path / file).read_text(encoding="utf-8"))
    (tmp_path / file).write_text(json.dumps(told | {name: value}), encoding="utf-8")
    with pytest.raises(InputError, match="damaged"):
        load_model(tmp_path)


def test_at_the_gate_it_is_one_candidate_and_the_settings_of_a_search_are_another() -> None:
    tuned = SETTINGS.model_copy(update={"units": 5})
    found = select(shop(), AS_OF, SETTINGS, 1, tuned=tuned)
    told = found.decision
    assert told.count(" of blend") + told.startswith("blend") == 1
    assert told.count("lstm with the settings of the search") == 1
    assert " of lstm and" in told or told.startswith("lstm serves") or " of lstm at" in told
