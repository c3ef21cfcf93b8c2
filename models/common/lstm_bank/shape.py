"""The shape and the first weights of the networks of a bank, and how they learn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.common.arrays import Singles

Weights: TypeAlias = list[Singles]
"""The weights of M networks, (M, ...) each, in the order of Keras' ``get_weights``: for each LSTM, the lowest first,
kernel (features, 4 units), recurrent kernel (units, 4 units) and bias (4 units); then the dense kernel and bias."""


@dataclass(frozen=True)
class BankShape:
    """The shape that all networks of a bank share.

    Attributes:
        look_back: T, time steps of a sample.
        features: F, of each time step.
        units: Units of each LSTM, the lowest first.
        outputs: O, of the dense layer.
    """

    look_back: int
    features: int
    units: tuple[int, ...] = (1,)
    outputs: int = 1

    @property
    def weights(self) -> list[tuple[int, ...]]:
        """The shape of each weight of one network."""
        shapes: list[tuple[int, ...]] = []
        for below, units in zip((self.features, *self.units), self.units, strict=False):
            shapes += [(below, 4 * units), (units, 4 * units), (4 * units,)]
        return [*shapes, (self.units[-1], self.outputs), (self.outputs,)]


@dataclass(frozen=True)
class Learning:
    """How the networks of a bank learn.

    Attributes:
        epochs: Rounds over all samples.
        batch_size: Samples of a training step.
        stateful: Whether sample i of a batch starts with the state after sample i of the batch before.
        reset: When a carried state is reset: before each epoch, or never.
        shuffle: Whether each network takes the samples of each epoch in an order of its own.
        optimiser: As Keras defines it, with its defaults.
        learning_rate: Learning rate of the optimiser.
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


def fresh_weights(shape: BankShape, models: int, seed: int) -> Weights:
    """Weights as Keras draws them for new layers.

    Kernels are uniform after Glorot and Bengio (2010), recurrent kernels orthogonal (Saxe, McClelland and Ganguli,
    2014), and biases zero but for the forget gates' (Jozefowicz, Zaremba and Sutskever, 2015).
    """
    generator = np.random.default_rng(seed)
    weights: Weights = []
    for number, sizes in enumerate(shape.weights):
        if len(sizes) == 1:
            values = np.zeros((models, *sizes))
            if number < 3 * len(shape.units):
                values[:, sizes[0] // 4 : sizes[0] // 2] = 1.0
        elif number % 3 == 1 and number < 3 * len(shape.units):
            values = _orthogonal(generator, models, *sizes)
        else:
            limit = np.sqrt(6 / sum(sizes))
            values = generator.uniform(-limit, limit, (models, *sizes))
        weights.append(values.astype(np.float32))
    return weights


def _orthogonal(generator: np.random.Generator, models: int, rows: int, columns: int) -> NDArray[np.float64]:
    """Matrices (models, rows, columns) with orthonormal rows."""
    factor, upper = np.linalg.qr(generator.normal(size=(models, columns, rows)))
    signs = np.sign(np.diagonal(upper, axis1=1, axis2=2))
    return np.asarray((factor * signs[:, None, :]).swapaxes(1, 2))
