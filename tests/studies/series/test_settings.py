from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from studies.series.settings import LstmConfiguration, Settings, Split
from tests.studies.series.example import lstm, study

NAIVE = {"name": "naive", "model": "persistence"}


def test_defaults_hold_for_lstms_that_do_not_override_them() -> None:
    settings = study(
        NAIVE, {"name": "a"}, {"name": "b", "model": "lstm", "epochs": 9}, defaults={"epochs": 7, "units": [4, 2]}
    )
    first, second = settings.configurations[1:]
    assert isinstance(first, LstmConfiguration)
    assert isinstance(second, LstmConfiguration)
    assert (first.epochs, second.epochs, second.units) == (7, 9, (4, 2))


def test_dumped_settings_are_read_as_the_same() -> None:
    settings = study(NAIVE, {"name": "a"}, defaults={"epochs": 7})
    assert Settings.model_validate(settings.model_dump(mode="json")) == settings
    assert list(settings.series) == ["series"]


def test_several_series_are_named() -> None:
    series = {"x": {"generate": "noisy_sine"}, "y": {"generate": "mackey_glass"}}
    settings = study(NAIVE | {"series": "y"}, series=series)
    assert settings.series_of(settings.configurations[0]) == "y"


@pytest.mark.parametrize(("train", "count"), [(96, 96), (0.67, 96), (0.5, 72)])
def test_a_part_is_a_number_or_a_share(train: float, count: int) -> None:
    assert Split(train=train).count(144) == count


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"repeats": 0}, "greater than or equal to 1"),
        ({"configurations": []}, "at least 1 item"),
        ({"configurations": [{"name": "a", "look_bak": 3}]}, "look_bak"),
        ({"configurations": [NAIVE | {"epochs": 3}]}, "epochs"),
        ({"configurations": [{"name": "a", "model": "prophet"}]}, "model is one of"),
        ({"configurations": [NAIVE, NAIVE]}, "two configurations are called 'naive'"),
        ({"configurations": [NAIVE | {"season": 12}]}, "persistence none"),
        ({"configurations": [{"name": "a", "model": "seasonal_naive"}]}, "needs a season"),
        ({"configurations": [NAIVE | {"series": "x"}]}, "'x'"),
        ({"series": {"x": {"file": "a"}, "y": {"file": "a"}}}, "needs a series"),
        ({"series": {"generate": "noise"}}, "a series needs"),
        ({"series": {"period": "month"}}, "a series needs"),
        ({"series": {"file": "a", "length": 3}}, "length"),
        ({"split": {"train": 1.5}}, "less than 1"),
        ({"drawn": ["other"]}, "drawn names 'other'"),
        ({"metric": "rmse"}, "metric is 'rmse'"),
        ({"claims": [{"text": "t", "first": "naive", "value": 1, "first_metric": "mape"}]}, "metric 'mape'"),
        ({"claims": [{"text": "t", "first": "other", "value": 1}]}, "names 'other'"),
        ({"defaults": {"epoch": 3}, "configurations": [{"name": "a"}]}, "epoch"),
    ],
)
def test_an_invalid_study_is_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        study(**{"configurations": [NAIVE]} | change)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"stateful": True, "shuffle": True}, "shuffle"),
        ({"seed_state": True}, "stateful = true"),
        ({"reset": "never"}, "stateful = true"),
        ({"patience": 3}, "validation and patience"),
        ({"stateful": True, "reset": "never", "forecast_batch_size": 4}, "same batch_size"),
        ({"scale": (1, 0)}, "low"),
        ({"units": ()}, "at least 1 item"),
    ],
)
def test_an_lstm_that_cannot_be_trained_is_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        lstm(**change)


def test_networks_are_shared_by_configurations_that_train_alike_only() -> None:
    owner = {"name": "a", "stateful": True}
    assert study(owner, owner | {"name": "b", "networks_of": "a", "forecast_reset": True}).configurations[1].name == "b"
    with pytest.raises(ValidationError, match="differs from it in epochs"):
        study(owner, owner | {"name": "b", "networks_of": "a", "epochs": 5})
    with pytest.raises(ValidationError, match="networks_of"):
        study(owner, owner | {"name": "b", "networks_of": "c"})
    with pytest.raises(ValidationError, match="networks_of"):
        study(NAIVE, {"name": "b", "networks_of": "naive"})
