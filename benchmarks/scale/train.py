"""`make bench-train`: sequences trained a second, by our training loop and by PyTorch's LSTM of the same shape.

Both take turns, and the best round of each counts, since other work on the machine slows some rounds.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.figures import Figure, Goal, table
from models.common import keras_runtime
from models.common.training import TrainingLoop

STEPS, CHANNELS, UNITS, BINS, BATCH = 16, 5, 64, 12, 1_024
BATCHES, TIMED_STEPS, ROUNDS = 16, 160, 3
PEER = Path(__file__).with_name("torch_peer.py")
PEERS = Path(".venv-sales-peers", "bin", "python")
RATE = 0.001


@dataclass(frozen=True)
class Speed:
    """Sequences trained a second, and the seconds until the first step is done, compiling included."""

    sequences: float
    first: float


class Ours:
    """Our training loop with an LSTM and a layer for the bins."""

    def __init__(self) -> None:
        begin = time.perf_counter()
        keras = keras_runtime.start(0)
        inputs = keras.Input((STEPS, CHANNELS))
        network = keras.Model(inputs, keras.layers.Dense(BINS)(keras.layers.LSTM(UNITS)(inputs)))
        self._loop = TrainingLoop(
            network, keras.optimizers.Adam(), _loss(keras), (BINS,), compiled=True, steps_at_once=BATCHES
        )
        generator = np.random.default_rng(0)
        self._sequences = generator.normal(size=(BATCHES * BATCH, STEPS, CHANNELS)).astype(np.float32)
        self._targets = np.eye(BINS, dtype=np.float32)[generator.integers(BINS, size=BATCHES * BATCH)]
        self._train(BATCHES)
        self.first = time.perf_counter() - begin

    def speed(self) -> Speed:
        """The speed of one round."""
        return Speed(TIMED_STEPS * BATCH / self._train(TIMED_STEPS), self.first)

    def _train(self, steps: int) -> float:
        rows = np.arange(steps * BATCH).reshape(steps, BATCH) % len(self._targets)
        begin = time.perf_counter()
        self._loop.run([self._sequences], self._targets, rows, RATE)
        return time.perf_counter() - begin


def _loss(keras: Any) -> Any:
    return lambda targets, outputs: keras.losses.categorical_crossentropy(targets, outputs, from_logits=True)


def torch_speed(python: Path) -> Speed:
    """The speed of one round of PyTorch, in its own environment."""
    sizes = [str(size) for size in (STEPS, CHANNELS, UNITS, BINS, BATCH, TIMED_STEPS)]
    done = subprocess.run([str(python), str(PEER), *sizes], capture_output=True, text=True, check=True)
    return Speed(*map(float, done.stdout.split()))


def figures(ours: Sequence[Speed], theirs: Sequence[Speed]) -> list[Figure]:
    """The figures of all rounds."""
    best, peer = (max(rounds, key=lambda one: one.sequences) for rounds in (ours, theirs))
    return [
        Figure("train_sequences_a_second", best.sequences),
        Figure("torch_sequences_a_second", peer.sequences),
        Figure("train_over_torch", best.sequences / peer.sequences, Goal(">=", 1.5)),
        Figure("train_first_step_seconds", best.first),
        Figure("torch_first_step_seconds", peer.first),
    ]


def main(arguments: Sequence[str]) -> int:
    """Measure, and end with one line per figure; 0 if it ran, 1 without PyTorch."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scale.train", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--python", type=Path, default=PEERS, help=f"a Python with PyTorch ({PEERS})")
    python = parser.parse_args(arguments).python
    trained, ours, theirs = Ours(), [], []
    try:
        for _ in range(ROUNDS):
            ours.append(trained.speed())
            theirs.append(torch_speed(python))
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"{python} trains nothing with PyTorch: {getattr(error, 'stderr', error)}", file=sys.stderr)
        return 1
    measured = figures(ours, theirs)
    print(table(measured, f"{STEPS} steps, {UNITS} units, batch {BATCH:,}"))
    print("\n".join(figure.line for figure in measured))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
