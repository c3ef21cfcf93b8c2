"""The samples of a bank of LSTMs, in whole batches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.common.arrays import Singles


@dataclass(frozen=True, eq=False)
class Samples:
    """Samples to learn from; G is the number of networks M, or 1 where all share the samples.

    Attributes:
        inputs: (G, n, T, F).
        targets: (G, n, O).
        weights: Weights of each sample, (G, n).
    """

    inputs: Singles
    targets: Singles
    weights: Singles

    @classmethod
    def of(
        cls, inputs: NDArray[np.floating], targets: NDArray[np.floating], weights: NDArray[np.floating] | None = None
    ) -> Samples:
        """Samples with an axis of models, which shared samples may lack."""
        given = np.ones(np.shape(targets)[:-1]) if weights is None else weights
        return cls(_with_models(inputs, 4), _with_models(targets, 3), _with_models(given, 2))

    @property
    def count(self) -> int:
        """n, the samples of each network."""
        return len(self.inputs[0])

    @property
    def arrays(self) -> tuple[Singles, ...]:
        """Inputs, targets and weights."""
        return self.inputs, self.targets, self.weights


def _with_models(values: NDArray[np.floating], dimensions: int) -> Singles:
    array = np.asarray(values, np.float32)
    return array if array.ndim == dimensions else array[None]


def as_batches(samples: Samples, size: int) -> Samples:
    """The samples, filled up with samples of weight 0 to whole batches, at least one."""
    missing = -samples.count % size or (size if samples.count == 0 else 0)

    def filled(array: Singles) -> Singles:
        return np.pad(array, ((0, 0), (0, missing), *((0, 0),) * (array.ndim - 2)))

    return Samples(*(filled(array) for array in samples.arrays))
