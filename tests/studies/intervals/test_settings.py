"""What a study file of next visits may say, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from studies.intervals.settings import NetworkConfiguration, Settings
from studies.intervals.sources import DatabaseSource, FileSource, GeneratedSource

CLASSIFIER = {"name": "classifier", "model": "interval_classifier"}
NUMBER = {"name": "number", "model": "interval_number"}


def settings(**changes: Any) -> Settings:
    stated = {"kind": "intervals", "name": "visits", "visits": {"generate": "customer_base"}}
    return Settings.model_validate({**stated, "configurations": [CLASSIFIER, NUMBER], **changes})


def test_defaults_are_the_published_experiment() -> None:
    defaults = settings()
    network = defaults.configurations[0]
    assert isinstance(network, NetworkConfiguration)
    assert (network.look_backs, network.units, network.dropout) == ((3,), (8, 8), 0.2)
    assert (network.epochs, network.batch_size, defaults.windows.test_share) == (10, 100, 0.2)
    assert defaults.windows.edges_days == (40, 60, 80, 100)


@pytest.mark.parametrize(
    ("visits", "source"),
    [
        ({"file": "visits.csv"}, FileSource),
        ({"database": True}, DatabaseSource),
        ({"generate": "customer_base"}, GeneratedSource),
    ],
)
def test_visits_come_from_one_of_three_sources(visits: dict[str, Any], source: type) -> None:
    assert type(settings(visits=visits).visits) is source


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"visits": {}}, "needs file, database = true, or generate"),
        ({"visits": {"database": False}}, "True"),
        ({"visits": {"file": "visits.csv", "customers": 3}}, "Extra inputs"),
        ({"windows": {"edges_days": [60, 40]}}, "increase"),
        ({"repeats": 0}, "greater than or equal to 1"),
        ({"configurations": []}, "at least 1"),
        ({"configurations": [{**CLASSIFIER, "model": "tree"}]}, "does not match any of the expected tags"),
        ({"configurations": [{**CLASSIFIER, "look_back": 0}]}, "look_back"),
        ({"configurations": [CLASSIFIER, CLASSIFIER]}, "two configurations are called 'classifier'"),
        ({"metric": "test_rmse"}, "metric is 'test_rmse'"),
        ({"claims": [{"text": "x", "first": "other", "value": 1}]}, "names 'other'"),
        (
            {"claims": [{"text": "x", "first": "classifier", "second": "number", "first_metric": "test_log_loss"}]},
            "'test_log_loss', but those of 'number' are 'train_error', 'test_error', 'train_mae', 'test_mae'",
        ),
        (
            {"claims": [{"text": "x", "first": "classifier", "value": 1, "first_metric": "test_mae"}]},
            "'test_mae', but those of 'classifier'",
        ),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        settings(**changes)


def test_a_claim_may_compare_two_metrics() -> None:
    claim = {"text": "x", "first": "number", "second": "number", "first_metric": "train_mae"}
    study = settings(claims=[{**claim, "second_metric": "test_mae"}])
    assert study.claims[0].second_metric == "test_mae"
