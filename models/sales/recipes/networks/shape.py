"""What a network of sales is built for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.sales.features.inputs import CANDIDATES


@dataclass(frozen=True)
class NetworkShape:
    """The sizes of a network's inputs, and of its layers.

    Attributes:
        patches: Time steps that the LSTM reads.
        patch_columns: Columns of each.
        horizon: H, the steps that are forecast.
        step_columns: Columns that describe a step ahead.
        units: Cells of each LSTM.
        layers: LSTMs on top of each other, where the architecture stacks them.
        framing: What a plain LSTM reads, see `models.sales.recipes.networks.lstm`.
        stateful: Whether a plain LSTM carries its state from window to window, and then how many windows a batch has.
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
    """The symbolic inputs of a network, the same for every architecture.

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
        """New inputs; their batch has a fixed size where state is carried."""
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
