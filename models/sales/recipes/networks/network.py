"""Building a network of sales: its sizes, its inputs, and several members as one network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from models.sales.features.inputs import CANDIDATES
from models.sales.recipes.model import QUANTILES

OUTPUTS = len(QUANTILES) + 1
"""Columns of the output: the quantiles, then the mean."""


@dataclass(frozen=True)
class NetworkShape:
    """The sizes of a network's inputs and layers.

    Attributes:
        patches: Time steps that the LSTM reads.
        patch_columns: Columns of each.
        horizon: H, the steps that are forecast.
        step_columns: Columns that describe a step ahead.
        units: Cells of each LSTM.
        layers: Stacked LSTM layers of the plain LSTM.
        framing: What the plain LSTM reads, see `models.sales.recipes.classic.lstm`.
        stateful: Windows of a batch, if the plain LSTM carries its state from window to window; else None.
    """

    patches: int
    patch_columns: int
    horizon: int
    step_columns: int
    units: int
    layers: int = 1
    framing: str = "time_steps"
    stateful: int | None = None


@dataclass(frozen=True)
class NetworkInputs:
    """The symbolic inputs of a network, the same for all networks.

    Attributes:
        past: (patches, patch_columns).
        candidates: (H, `CANDIDATES`), see `models.sales.features.inputs.candidates`.
        steps: (H, step_columns).
    """

    past: Any
    candidates: Any
    steps: Any

    @classmethod
    def of(cls, keras: Any, shape: NetworkShape) -> NetworkInputs:
        """New inputs; a stateful network has batches of a fixed size."""
        sizes = {
            "past": (shape.patches, shape.patch_columns),
            "candidates": (shape.horizon, CANDIDATES),
            "steps": (shape.horizon, shape.step_columns),
        }
        return cls(**{name: keras.Input(size, batch_size=shape.stateful, name=name) for name, size in sizes.items()})

    @property
    def spread(self) -> Any:
        """The spread of each series, (H, 1), see `models.sales.features.scaling.spreads`."""
        return self.steps[:, :, -1:]

    @property
    def all(self) -> list[Any]:
        """In the order of `models.sales.features.inputs.Inputs.arrays`."""
        return [self.past, self.candidates, self.steps]


Build: TypeAlias = Callable[[Any, NetworkInputs, NetworkShape], Any]
"""Builds a network's output (H, Q + 1) from the ``keras`` module, the inputs and the sizes."""


def build(keras: Any, output: Build, shape: NetworkShape) -> Any:
    """A new network; its output is (H, Q + 1).

    Args:
        keras: The module, from `models.common.keras_runtime.start`.
        output: Builds the output.
        shape: Sizes of the network.
    """
    inputs = NetworkInputs.of(keras, shape)
    return keras.Model(inputs.all, output(keras, inputs, shape))


def join(keras: Any, output: Build, shape: NetworkShape, weights: list[list[Any]]) -> Any:
    """One network of several members that share nothing but their inputs; its output is (H, members, Q + 1).

    Args:
        keras: The module.
        output: Builds the output of a member.
        shape: Sizes of the network.
        weights: Weights of each member, as from ``get_weights`` of a network of `build`.
    """
    inputs, outputs = NetworkInputs.of(keras, shape), []
    for own in weights:
        member = build(keras, output, shape)
        member.set_weights(own)
        outputs.append(keras.layers.Reshape((shape.horizon, 1, OUTPUTS))(member(inputs.all)))
    return keras.Model(inputs.all, keras.layers.Concatenate(axis=2)(outputs) if len(outputs) > 1 else outputs[0])


def members_of(keras: Any, network: Any) -> list[Any]:
    """The members of a network of `join`."""
    return [layer for layer in network.layers if isinstance(layer, keras.Model)]
