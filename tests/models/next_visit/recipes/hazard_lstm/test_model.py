"""The network itself, small: a handful of customers and very few steps."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models.next_visit.forecast import forecast
from models.next_visit.recipes.hazard_lstm.model import LstmModel, fit_lstm
from models.next_visit.recipes.model import load_model
from models.next_visit.settings import NextVisitSettings
from nightcast.errors import InputError
from tests.models.next_visit.reference import START, Days, history_of

SETTINGS = NextVisitSettings(
    bin_edges_days=(7, 14), look_back=4, units=4, head_units=4, members=2, epochs=2, batch_size=32
)
AS_OF = START + 200


def shop() -> list[Days]:
    """Regulars at intervals of 5 to 16 days, some who left, some who came once."""
    regulars = [list(range(START + code, START + 240, 5 + code)) for code in range(12)]
    left = [[START + code, START + code + 9, START + 2 * code + 10] for code in range(6)]
    return [*regulars, *left, *([START + 20 * code] for code in range(6)), []]


@pytest.fixture(scope="module")
def model() -> LstmModel:
    return fit_lstm(history_of(shop(), 3.0), AS_OF, SETTINGS, seed=7)


def test_same_seed_same_rows_and_nothing_from_the_as_of_on_counts(model: LstmModel) -> None:
    past = [[day for day in days if day < AS_OF] for days in shop()]
    again = fit_lstm(history_of(past, 3.0), AS_OF, SETTINGS, seed=7)
    known, all_of_it = history_of(past, 3.0), history_of(shop(), 3.0)
    rows = again.probabilities(known, AS_OF)
    np.testing.assert_allclose(rows, model.probabilities(all_of_it, AS_OF), atol=1e-7)
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-9)
    assert np.isfinite(rows).all()


def test_elapsed_time_moves_the_row_and_extremes_stay_sane(model: LstmModel) -> None:
    daily = list(range(START - 10_000, AS_OF))
    strangers = history_of([daily, [START], [AS_OF - 1], [AS_OF - 3650, AS_OF - 3649]])
    rows = model.probabilities(strangers, AS_OF)
    assert np.isfinite(rows).all()
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-9)
    assert not np.allclose(rows[1], rows[2], atol=1e-3)
    later = model.probabilities(strangers, AS_OF + 3650)
    assert np.isfinite(later).all()
    assert later[0, -1] > rows[0, -1]


def test_a_customer_is_scored_the_same_alone_and_in_company(model: LstmModel) -> None:
    history = history_of(shop(), 3.0)
    together = model.probabilities(history, AS_OF)
    alone = model.probabilities(history.slice(3, 4), AS_OF)
    np.testing.assert_allclose(alone[0], together[3], atol=1e-6)


def test_saved_and_loaded_it_says_the_same(model: LstmModel, tmp_path: Path) -> None:
    history = history_of(shop(), 3.0)
    model.save(tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    before, after = forecast(model, history, AS_OF), forecast(loaded, history, AS_OF)
    np.testing.assert_array_equal(before.probabilities, after.probabilities)


def test_the_state_is_a_model_of_its_own_that_never_hears_of_the_as_of(model: LstmModel) -> None:
    encoder = model.network.get_layer("encoder")
    assert [tuple(tensor.shape[1:]) for tensor in encoder.inputs] == [(SETTINGS.look_back, 5)]


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
def test_a_damaged_folder_is_an_input_error(model: LstmModel, tmp_path: Path, damage: Callable[[Path], None]) -> None:
    model.save(tmp_path)
    damage(tmp_path)
    with pytest.raises(InputError, match="damaged"):
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
    history = history_of(customers)
    settings = SETTINGS.model_copy(update={"members": 1, "epochs": 1})
    rows = fit_lstm(history, AS_OF, settings, seed=1).probabilities(history, AS_OF)
    assert np.isfinite(rows).all()
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-9)
