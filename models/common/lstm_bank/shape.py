"""What the networks of a bank look like, and how they learn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class BankShape:
    """The shape that all networks of a bank share.

    Attributes:
        look_back: T, time steps of a sample.
        features: F, of each time step.
        units: Of each LSTM, the lowest first.
        outputs: O, of the dense layer.
    """

    look_back: int
    features: int
    units: tuple[int, ...] = (1,)
    outputs: int = 1

    @property
    def weights(self) -> list[tuple[int, ...]]:
        """The shape of each weight of one network."""
        found: list[tuple[int, ...]] = []
        for below, units in zip((self.features, *self.units), self.units, strict=False):
            found += [(below, 4 * units), (units, 4 * units), (4 * units,)]
        return [*found, (self.units[-1], self.outputs), (self.outputs,)]


@dataclass(frozen=True)
class Learning:
    """How the networks of a bank learn.

    Attributes:
        epochs: Rounds over all samples.
        batch_size: Samples of a training step.
        stateful: Whether sample i of a batch goes on with the state that sample i of the batch before left.
        reset: When a carried state is forgotten: before each epoch, or never.
        shuffle: Whether each network takes the samples of each epoch in an order of its own.
        optimiser: As Keras defines it, with its defaults.
        learning_rate: Of the optimiser.
        loss: Mean squared or mean absolute error.
        patience: Epochs without a better validation loss after which a network stops; it keeps its best weights.

    Raises:
        ValueError: if there is no epoch, or a batch without samples.
    """

    epochs: int
    batch_size: int = 1
    stateful: bool = False
    reset: Literal["epoch", "never"] = "epoch"
    shuffle: bool = False
    optimiser: Literal["adam", "rmsprop"] = "adam"
    learning_rate: float = 0.001
    loss: Literal["mse", "mae"] = "mse"
    patience: int | None = None

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch_size < 1:
            raise ValueError(f"{self.epochs} epochs of batches of {self.batch_size}: both are at least 1.")
