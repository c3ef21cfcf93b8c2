"""The blend of the network and the trees."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from models.next_visit.recipes.blend import BlendModel
from models.next_visit.recipes.feature_model import probabilities_of
from models.next_visit.recipes.registry import load_model
from nightcast.errors import InputError
from tests.models.next_visit.reference import base_of, small_shop

KNOWN = base_of(small_shop(), amount=3.0)


def test_it_lies_between_its_parts_by_its_share(blend: BlendModel) -> None:
    network, trees = (part.probabilities(KNOWN) for part in (blend.network, blend.trees))
    rows = blend.probabilities(KNOWN)
    np.testing.assert_allclose(rows, trees + 0.3 * (network - trees), atol=1e-12)
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-9)
    assert np.abs(network - trees).max() > 1e-3


def test_features_of_both_parts_are_computed_once(blend: BlendModel, monkeypatch: pytest.MonkeyPatch) -> None:
    module, calls = "models.next_visit.recipes.feature_model", []
    monkeypatch.setattr(f"{module}.MOST_ROWS", 8)
    monkeypatch.setattr(f"{module}.FEWEST_ROWS", 8)
    together = probabilities_of([blend.network, blend.trees], KNOWN)
    from models.next_visit.features.customers import customer_features

    def counted(*arguments: object) -> object:
        calls.append(arguments)
        return customer_features(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(f"{module}.customer_features", counted)
    rows = blend.probabilities(KNOWN)
    assert len(calls) == -(-KNOWN.rows.size // 8)
    np.testing.assert_allclose(rows, 0.3 * together[0] + 0.7 * together[1])


def test_saved_and_loaded_it_forecasts_the_same_and_shares_its_features(blend: BlendModel, tmp_path: Path) -> None:
    blend.save(tmp_path)
    loaded = load_model(tmp_path)
    assert isinstance(loaded, BlendModel)
    np.testing.assert_allclose(loaded.probabilities(KNOWN), blend.probabilities(KNOWN), atol=1e-7)
    assert loaded.network.reads == loaded.trees.reads


@pytest.mark.parametrize(
    ("file", "name", "value"),
    [
        ("model.json", "share", 1.5),
        ("model.json", "share", None),
        ("trees/model.json", "bin_edges_days", [7, 15]),
        ("trees/model.json", "look_back", 5),
    ],
)
def test_damage_is_refused(blend: BlendModel, tmp_path: Path, file: str, name: str, value: object) -> None:
    blend.save(tmp_path)
    description = json.loads((tmp_path / file).read_text(encoding="utf-8"))
    (tmp_path / file).write_text(json.dumps(description | {name: value}), encoding="utf-8")
    with pytest.raises(InputError):
        load_model(tmp_path)
