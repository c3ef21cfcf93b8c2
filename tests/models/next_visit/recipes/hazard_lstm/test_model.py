"""The network itself, small: a handful of customers and very few steps."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.common.keras_runtime import load_network
from models.common.recipe import Training
from models.next_visit.recipes.hazard_lstm import training as training_module
from models.next_visit.recipes.hazard_lstm.model import HazardLstmModel, HazardLstmRecipe
from models.next_visit.recipes.registry import load_model
from nightcast.errors import InputError
from tests.models.next_visit.reference import AS_OF, SMALL, START, Days, base_of, small_shop

KNOWN = base_of(small_shop(), amount=3.0)


def test_same_seed_same_rows(network: HazardLstmModel) -> None:
    again = HazardLstmRecipe().fit(base_of(small_shop(), amount=3.0), Training(SMALL, 7))
    rows = again.probabilities(KNOWN)
    np.testing.assert_allclose(rows, network.probabilities(KNOWN), atol=1e-7)
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-9)
    assert np.isfinite(rows).all()


def test_members_learn_the_same_in_threads_of_their_own(
    network: HazardLstmModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = SMALL.model_copy(update={"network": SMALL.network.model_copy(update={"members": 2, "epochs": 1})})
    together = HazardLstmRecipe().fit(KNOWN, Training(two, 3)).probabilities(KNOWN)
    monkeypatch.setattr(training_module, "MANY_ROWS", 1)
    apart = HazardLstmRecipe().fit(KNOWN, Training(two, 3)).probabilities(KNOWN)
    np.testing.assert_allclose(apart, together, atol=1e-6)
    assert np.abs(together - network.probabilities(KNOWN)).max() > 1e-3  # as other training does


def test_elapsed_time_moves_the_row_and_extremes_stay_sane(network: HazardLstmModel) -> None:
    daily = list(range(START - 10_000, AS_OF))
    strangers = [daily, [START], [AS_OF - 1], [AS_OF - 3650, AS_OF - 3649]]
    rows = network.probabilities(base_of(strangers))
    assert np.isfinite(rows).all()
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-9)
    assert not np.allclose(rows[1], rows[2], atol=1e-3)
    later = network.probabilities(base_of(strangers, AS_OF + 3650))
    assert np.isfinite(later).all()
    assert later[0, -1] > rows[0, -1]


def test_a_customer_has_the_same_forecast_alone_and_in_company(network: HazardLstmModel) -> None:
    together = network.probabilities(KNOWN)
    alone = network.probabilities(KNOWN.slice(3, 4))
    np.testing.assert_allclose(alone[0], together[3], atol=1e-6)


def test_saved_and_loaded_it_forecasts_the_same(network: HazardLstmModel, tmp_path: Path) -> None:
    network.save(tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    np.testing.assert_array_equal(loaded.probabilities(KNOWN), network.probabilities(KNOWN))


def test_the_state_is_a_model_of_its_own_that_does_not_read_the_as_of(network: HazardLstmModel) -> None:
    encoder = network.network.graph.part("encoder")
    assert encoder.shapes == [(SMALL.look_back, 5)]


def test_it_forecasts_what_keras_does(network: HazardLstmModel, tmp_path: Path) -> None:
    network.save(tmp_path)
    by_keras = replace(network, network=load_network(tmp_path / "network.keras"))
    np.testing.assert_allclose(network.probabilities(KNOWN), by_keras.probabilities(KNOWN), rtol=0, atol=1e-6)


def test_a_model_that_is_loaded_forecasts_without_tensorflow(network: HazardLstmModel, tmp_path: Path) -> None:
    network.save(tmp_path)
    program = (
        "import sys; from pathlib import Path; from models.next_visit.forecast import forecast; "
        "from models.next_visit.recipes.registry import load_model; "
        "from tests.models.next_visit.reference import base_of, small_shop; "
        f"model = load_model(Path({str(tmp_path)!r})); forecast(model, base_of(small_shop(), amount=3.0)); "
        "sys.exit(bool({'tensorflow', 'keras'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def without_network(folder: Path) -> None:
    (folder / "network.keras").unlink()


def with_cut_network(folder: Path) -> None:
    content = (folder / "network.keras").read_bytes()
    (folder / "network.keras").write_bytes(content[: len(content) // 2])


def changed(**values: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        description = json.loads((folder / "model.json").read_text())
        (folder / "model.json").write_text(json.dumps({**description, **values}))

    return change


def without_description(folder: Path) -> None:
    (folder / "model.json").unlink()


def with_text(folder: Path) -> None:
    (folder / "model.json").write_text("{")


DAMAGES = [
    without_network,
    with_cut_network,
    without_description,
    with_text,
    changed(format=99),
    changed(recipe="oracle"),
    changed(look_back=5),
    changed(look_back=None),
    changed(bin_edges_days=[7]),
    changed(bin_edges_days=[14, 7]),
    changed(bin_edges_days="x"),
    changed(scaling={}),
    changed(scaling=None),
    changed(hazards=[[2.0]]),
    changed(hazards=None),
    changed(pareto_nbd=None),
    changed(level={}),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_folder_is_an_input_error(
    network: HazardLstmModel, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    network.save(tmp_path)
    damage(tmp_path)
    with pytest.raises(InputError):
        load_model(tmp_path)


@pytest.mark.parametrize(
    "customers",
    [
        [[START]],
        [list(range(START, START + 200))] * 3,
    ],
    ids=["one visit", "daily"],
)
def test_labels_of_a_single_class_are_learnt_without_harm(customers: list[Days]) -> None:
    known = base_of(customers)
    rows = HazardLstmRecipe().fit(known, Training(SMALL, 1)).probabilities(known)
    assert np.isfinite(rows).all()
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-9)
