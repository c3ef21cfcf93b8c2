"""A trained network for all series; seasonal naive stands in for series that it cannot forecast."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from models.common import keras_runtime
from models.common.arrays import Floats, Integers
from models.common.description import attempt, damaged, write_description
from models.common.forward.network import ForwardNetwork, of_keras, read_network
from models.sales.data.panel import SalesPanel
from models.sales.features.reading import Reading
from models.sales.features.scaling import uncurve
from models.sales.recipes.networks.network import OUTPUTS
from models.sales.recipes.networks.trainer import Trainer
from models.sales.recipes.reading_model import ReadingModel

NETWORK = "network.keras"
SERIES_AT_ONCE = 4_096


@dataclass(frozen=True, eq=False)
class NetworkModel(ReadingModel):
    """A trained network for any panel of its frequency.

    Attributes:
        recipe: The name of its recipe.
        network: The Keras model, see `models.sales.recipes.networks.network.join`; one that was loaded needs no Keras.
        trainer: Its trainer, if it was trained in this process.
    """

    recipe: str
    network: Any
    trainer: Trainer | None = None
    at_once = SERIES_AT_ONCE

    def forecast_all(self, panel: SalesPanel) -> tuple[Floats, Floats]:
        """Mean (S, H) and quantiles (S, H, Q) of all series of a panel by the network itself."""
        output, level = self.outputs(panel)
        quantiles = uncurve(np.median(output[:, :, :, :-1], axis=2)) * level[:, None, None]
        return output[:, :, :, -1].mean(axis=2) * level[:, None], quantiles

    def outputs(self, panel: SalesPanel) -> tuple[Floats, Floats]:
        """The network's outputs for all series of a panel, (S, H, members, Q + 1), and their levels, (S,)."""
        return self.read(panel, np.arange(panel.series_count), np.full(panel.series_count, panel.length))

    def read(self, panel: SalesPanel, series: Integers, origin: Integers) -> tuple[Floats, Floats]:
        """The same for windows: the series (n,) and the column of step 1 (n,) of each."""
        inputs = self.reading.inputs_at(panel, series, origin)
        return np.asarray(self._forward(inputs.arrays, training=False)).astype(np.float64), inputs.level

    @cached_property
    def _forward(self) -> Any:
        """The network without Keras, so that it forecasts as it does when it is loaded; Keras's if it has to be."""
        return self.network if isinstance(self.network, ForwardNetwork) else of_keras(self.network)

    @property
    def description(self) -> dict[str, Any]:
        """What `load_network` needs besides the network."""
        return self.reading.description

    def save(self, folder: Path) -> None:
        """Write the artifact into a folder, which is created where it is missing."""
        write_description(folder, self.recipe, self.description)
        keras_runtime.save_network(self.network, folder / NETWORK)


def load_network(folder: Path, description: dict[str, Any]) -> NetworkModel:
    """Read the artifact that `NetworkModel.save` wrote.

    Raises:
        InputError: if a file is missing or damaged.
    """
    reading, path = Reading.from_description(description), folder / NETWORK
    network = read_network(path) or keras_runtime.load_network(path)
    if attempt(lambda: network.output_shape[1::2], NETWORK) != (reading.lengths.horizon, OUTPUTS):
        raise damaged(f"{NETWORK} forecasts other steps than its description says")
    return NetworkModel(reading, str(description["recipe"]), network)
