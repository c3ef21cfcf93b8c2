"""One network for all series, seasonal naive for those it cannot forecast."""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from models.common import keras_runtime
from models.common.arrays import Flags, Floats, Integers
from models.sales.data.lengths import Lengths
from models.sales.data.panel import SalesPanel
from models.sales.features.inputs import inputs_of
from models.sales.features.scaling import uncurve
from models.sales.features.successions import forget, succession
from models.sales.features.windows import cut
from models.sales.recipes.artifact import damaged, write_description
from models.sales.recipes.constraints import finish
from models.sales.recipes.coverage import learnable, predict_covered
from models.sales.recipes.networks.outputs import OUTPUTS
from models.sales.recipes.networks.trainer import Trainer
from models.sales.recipes.preparation.names import build
from models.sales.recipes.preparation.part import FittedPart
from models.sales.recipes.seasonal_naive import SeasonalNaive

NETWORK = "network.keras"
SERIES_AT_ONCE = 4_096


@dataclass(frozen=True, eq=False)
class NetworkModel:
    """A trained network, ready to forecast any panel of its frequency.

    Args:
        recipe: Its architecture, one of `models.sales.recipes.networks.architectures.ARCHITECTURES`.
        network: The Keras model, see `models.sales.recipes.networks.architectures.join`.
        lengths: Those it was trained with.
        frequency: The calendar's.
        yearly: See `models.sales.features.inputs.build_inputs`.
        preparation: What is done to series before it reads them, see `models.sales.recipes.preparation.names.build`.
        trainer: What trained it, where it was trained in this process.
    """

    recipe: str
    network: Any
    lengths: Lengths
    frequency: str
    yearly: bool
    preparation: tuple[str, ...] = ()
    trainer: Trainer | None = None

    @property
    def horizon(self) -> int:
        """Steps it forecasts."""
        return self.lengths.horizon

    @property
    def baseline(self) -> SeasonalNaive:
        """What forecasts the series that the network cannot."""
        return SeasonalNaive(self.lengths.horizon, self.lengths.season, self.frequency)

    def covers(self, panel: SalesPanel) -> Flags:
        """Series with enough known values, and one at least inside the look-back, (S,)."""
        return learnable(panel, self.lengths)

    def predict(self, panel: SalesPanel) -> tuple[Floats, Floats]:
        """Mean (S, H) and quantiles (S, H, 5); NaN for a series without a known value."""
        return predict_covered(panel, self.covers(panel), self.baseline, SERIES_AT_ONCE, self._predict)

    def _predict(self, panel: SalesPanel, part: Integers) -> tuple[Floats, Floats]:
        read, chain = prepared(panel.take(part), self.preparation)
        output, level = self._outputs(read)
        with np.errstate(over="ignore"):
            quantiles = uncurve(np.median(output[:, :, :, :5], axis=2)) * level[:, None, None]
            mean = output[:, :, :, 5].mean(axis=2) * level[:, None]
        return finish(chain.invert(mean), chain.invert(quantiles), panel, part)

    def _outputs(self, panel: SalesPanel) -> tuple[Floats, Floats]:
        """What the network says of all series of a panel, (S, H, members, 6), and their levels, (S,)."""
        size = self.network.inputs[0].shape[0]
        every = np.arange(panel.series_count)
        if size is None:
            return self._read(panel, every, np.full(len(every), panel.length))
        steps = succession(every, panel.length, self.lengths.look_back, size)
        found = []
        for series, origin, first in zip(steps.series, steps.origin, steps.first, strict=True):
            if first:
                forget(self.network)
            output = self._read(panel, series, origin)
            if origin[0] == panel.length:
                found.append(output)
        outputs, levels = (np.concatenate(arrays)[: len(every)] for arrays in zip(*found, strict=True))
        return outputs, levels

    def _read(self, panel: SalesPanel, series: Integers, origin: Integers) -> tuple[Floats, Floats]:
        history = cut(panel.values, series, origin, self.lengths.reach, 0)
        inputs = inputs_of(panel, self.lengths, history, series, origin, self.yearly)
        return np.asarray(self.network(inputs.arrays, training=False)).astype(np.float64), inputs.level

    def save(self, folder: Path) -> None:
        """Write the artifact into a folder, which is made where it is missing."""
        description = {
            "recipe": self.recipe,
            "frequency": self.frequency,
            "yearly": self.yearly,
            "preparation": self.preparation,
        }
        write_description(folder, {**description, "lengths": asdict(self.lengths)})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Keras and NumPy 2 disagree about a keyword
            self.network.save(folder / NETWORK, include_optimizer=False)


def prepared(panel: SalesPanel, names: tuple[str, ...]) -> tuple[SalesPanel, FittedPart]:
    """The panel as a network reads it, and what brings forecasts back to the series' own scale."""
    chain = build(names, panel.lengths.season).fit(panel.values)
    return replace(panel, values=chain.transform(), negative="allow") if names else panel, chain


def load_network(folder: Path, description: dict[str, Any]) -> NetworkModel:
    """Read the artifact that `NetworkModel.save` wrote.

    Raises:
        InputError: if a file is missing or damaged.
    """
    keras = keras_runtime.start(0)
    try:
        lengths = Lengths(**{name: int(value) for name, value in description["lengths"].items()})
        loaded = keras.saving.load_model(folder / NETWORK, compile=False, safe_mode=True)
        if loaded.output_shape[1::2] != (lengths.horizon, OUTPUTS):
            raise damaged(folder)
        frequency, yearly = str(description["frequency"]), bool(description["yearly"])
        preparation = tuple(str(name) for name in description["preparation"])
        return NetworkModel(str(description["recipe"]), loaded, lengths, frequency, yearly, preparation)
    except (KeyError, TypeError, ValueError, OSError, AttributeError) as error:
        raise damaged(folder) from error
