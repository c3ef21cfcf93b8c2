"""The benchmark of training: which rounds count."""

from __future__ import annotations

import pytest

from benchmarks.scale.train import Speed, figures


def test_the_best_round_of_each_counts() -> None:
    ours, theirs = [Speed(10.0, 3.0), Speed(30.0, 3.0)], [Speed(20.0, 0.5), Speed(15.0, 0.4)]
    values = {figure.name: figure.value for figure in figures(ours, theirs)}
    assert values["train_over_torch"] == pytest.approx(1.5)
    assert values["train_first_step_seconds"] == 3.0
    assert values["torch_first_step_seconds"] == 0.5
