from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from studies.waves.settings import Settings
from tests.studies.waves.example import NETWORKS, SERIES, example

PUBLISHED = Path(__file__).parents[3] / "benchmarks" / "published" / "noisy_waves.toml"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"repeats": 0}, "greater than or equal to 1"),
        ({"configurations": []}, "at least 1 item"),
        ({"configurations": [NETWORKS[0], NETWORKS[0]]}, "two configurations are called 'plain'"),
        ({"configurations": [{**NETWORKS[0], "unit": 3}]}, "unit"),
        ({"configurations": [{**NETWORKS[0], "model": "lstm"}]}, "'seq2seq'"),
        ({"claims": [{"text": "x", "first": "plain", "second": "other"}]}, "names 'other'"),
        ({"metric": "mae"}, "metric is 'mae', but the metrics are 'train_mae'"),
        ({"claims": [{"text": "x", "first": "plain", "value": 1, "first_metric": "y"}]}, "metric 'y'"),
        ({"series": {}}, "either file or generate"),
        ({"series": {"file": "waves.csv"}}, "columns"),
        ({"series": {**SERIES, "columns": ["a"]}}, "columns"),
        ({"series": {**SERIES, "file": "waves.csv"}}, "either file or generate"),
        ({"series": {**SERIES, "periods": [12.0]}}, "amplitudes, periods and trends"),
        ({"split": {"train": 1.0}}, "train"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        example(**changes)


def test_the_published_study_makes_its_samples_and_states_its_noise_floor() -> None:
    settings = Settings.model_validate(tomllib.loads(PUBLISHED.read_text(encoding="utf-8")))
    assert settings.series.length - settings.windows.look_back - settings.windows.horizon + 1 == 781
    floor = settings.series.noise * (2 / 3.141592653589793) ** 0.5
    assert [claim.value for claim in settings.claims if claim.value] == [pytest.approx(floor, abs=5e-4)]
    training = 581
    assert all(training % one.batch_size == 0 for one in settings.configurations if one.model != "trend")
