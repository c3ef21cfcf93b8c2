"""The scores of small studies of every kind, and the outputs of a bank of LSTMs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.recorded.comparison import Forecasts
from flows.study_sources import StudyRows
from models.common.lstm_bank.bank import BankShape, Learning, forecast, fresh_weights, train
from models.common.selection import no_progress
from nightcast.values import Product
from studies.kinds import KINDS
from tasks.night import Night

WAVES: dict[str, Any] = {
    "kind": "waves",
    "name": "waves",
    "repeats": 2,
    "series": {
        "generate": "noisy_waves",
        "length": 120,
        "amplitudes": (5.0, 3.0),
        "periods": (12.0, 8.0),
        "noise": 0.5,
    },
    "windows": {"look_back": 16, "horizon": 4},
    "configurations": [
        {"name": name, "model": name, "units": 4, "epochs": 5, "batch_size": 11, "learning_rate": 0.02}
        for name in ("seq2seq", "seq2seq_luong")
    ],
}
INTERVALS: dict[str, Any] = {
    "kind": "intervals",
    "name": "intervals",
    "repeats": 3,
    "visits": {"generate": "customer_base", "customers": 100, "days": 365},
    "configurations": [
        {"name": "bins", "model": "interval_classifier", "epochs": 2},
        {"name": "days", "model": "interval_number", "epochs": 2},
        {
            "name": "validated",
            "model": "interval_classifier",
            "look_back": "validated",
            "epochs": 1,
            "candidates": (1, 5),
        },
    ],
}


def _scores(settings: dict[str, Any]) -> Forecasts:
    """Every score, ordered by configuration and metric."""
    kind = KINDS[settings["kind"]]()
    experiment = kind.experiment(kind.settings.model_validate(settings), Path(), StudyRows(_no_night))
    result = experiment(no_progress)
    return {
        "score": np.stack([values for one in result.configurations for values in one.scores.values()]).astype(
            np.float64
        )
    }


def _no_night(product: Product) -> Night:
    raise NotImplementedError("All data are generated.")


def _bank(learning: Learning) -> Forecasts:
    """The outputs of a bank's networks for their training samples; a stateful network carries its state."""
    shape, generator = BankShape(look_back=10, features=2, units=(4, 3)), np.random.default_rng(1)
    inputs, targets = generator.normal(size=(24, 10, 2)), generator.normal(size=(24, 1))
    trained = train(shape, learning, fresh_weights(shape, 3, 1), inputs, targets, seed=1)
    outputs, _ = forecast(shape, trained.weights, inputs, learning.batch_size, learning.stateful)
    return {"score": np.concatenate([outputs[:, :, 0], trained.losses.T], axis=1)}


VARIANTS: dict[str, Callable[[], Forecasts]] = {
    "study of waves": partial(_scores, WAVES),
    "study of intervals": partial(_scores, INTERVALS),
    "bank, stateful": partial(_bank, Learning(epochs=5, batch_size=4, stateful=True)),
    "bank, shuffled": partial(_bank, Learning(epochs=5, batch_size=7, shuffle=True, optimiser="rmsprop", loss="mae")),
}
"""Forecasts of each variant, by its name."""
