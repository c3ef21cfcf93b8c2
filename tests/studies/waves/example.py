"""A study of waves that runs in seconds."""

from __future__ import annotations

from typing import Any

from studies.waves.settings import Settings

SERIES: dict[str, Any] = {
    "generate": "noisy_waves",
    "length": 120,
    "amplitudes": [5.0, 3.0],
    "periods": [12.0, 8.0],
    "noise": 0.5,
}
NETWORKS: list[dict[str, Any]] = [
    {"name": "plain", "model": "seq2seq", "units": 4, "epochs": 30, "batch_size": 11, "learning_rate": 0.02},
    {"name": "luong", "model": "seq2seq_luong", "units": 4, "epochs": 30, "batch_size": 11, "learning_rate": 0.02},
    {"name": "trend", "model": "trend"},
]


def example(**changes: Any) -> Settings:
    """Settings with some of their sections replaced."""
    sections: dict[str, Any] = {
        "kind": "waves",
        "name": "example",
        "repeats": 2,
        "series": SERIES,
        "windows": {"look_back": 16, "horizon": 4},
        "configurations": NETWORKS,
    }
    return Settings.model_validate(sections | changes)
