"""A trained network for all series; seasonal naive stands in for series that it cannot forecast."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.common import keras_runtime
from models.common.arrays import Floats, Integers
from models.common.description import attempt, damaged, write_description
from models.sales.data.lengths import Lengths
from models.sales.data.panel import SalesPanel
from models.sales.features.covariate_scales import CovariateScales
from models.sales.features.inputs import inputs_of
from models.sales.features.scaling import uncurve
from models.sales.features.windows import cut, learnable
from models.sales.recipes.model import Forecast
from models.sales.recipes.networks.network import OUTPUTS
from models.sales.recipes.networks.trainer import Trainer
from models.sales.recipes.seasonal_naive import SeasonalNaive

NETWORK = "network.keras"
SERIES_AT_ONCE = 4_096


@dataclass(frozen=True, eq=False)
class NetworkModel:
    """A trained network for any panel of its frequency.

    Args:
        recipe: The name of its recipe.
        network: The Keras model, see `models.sales.recipes.networks.network.join`.
        lengths: Lengths that it was trained with.
        frequency: Frequency of the calendar.
        yearly: See `models.sales.features.inputs.build_inputs`.
        scales: The covariates that it reads, with the scales of its training.
        anchor: See `models.sales.features.same_weeks.season_anchor`.
        trainer: Its trainer, if it was trained in this process.
    """

    recipe: str
    network: Any
    lengths: Lengths
    frequency: str
    yearly: bool
    scales: CovariateScales
    anchor: int
    trainer: Trainer | None = None

    @property
    def horizon(self) -> int:
        """Steps that it forecasts."""
        return self.lengths.horizon

    def forecast(self, panel: SalesPanel) -> Forecast:
        """All series; covered are those with enough known values, some of them in the look-back."""
        baseline = SeasonalNaive(self.lengths.horizon, self.lengths.season, self.frequency)
        covered = learnable(panel.values, self.lengths)
        return baseline.stand_in(panel, covered, SERIES_AT_ONCE, lambda part: self.forecast_all(panel.take(part)))

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
        history = cut(panel.values, series, origin, self.lengths.reach, 0)
        inputs = inputs_of(panel, self.lengths, history, series, origin, self.yearly, self.scales, self.anchor)
        return np.asarray(self.network(inputs.arrays, training=False)).astype(np.float64), inputs.level

    @property
    def description(self) -> dict[str, Any]:
        """What `load_network` needs besides the network."""
        return {
            "frequency": self.frequency,
            "yearly": self.yearly,
            "lengths": asdict(self.lengths),
            "covariates": self.scales.description,
            "anchor": self.anchor,
        }

    def save(self, folder: Path) -> None:
        """Write the artifact into a folder, which is created where it is missing."""
        write_description(folder, self.recipe, self.description)
        keras_runtime.save_network(self.network, folder / NETWORK)


def load_network(folder: Path, description: dict[str, Any]) -> NetworkModel:
    """Read the artifact that `NetworkModel.save` wrote.

    Raises:
        InputError: if a file is missing or damaged.
    """
    lengths = Lengths(**{name: int(value) for name, value in description["lengths"].items()})
    network = keras_runtime.load_network(folder / NETWORK)
    if attempt(lambda: network.output_shape[1::2], NETWORK) != (lengths.horizon, OUTPUTS):
        raise damaged(f"{NETWORK} forecasts other steps than its description says")
    frequency, yearly = str(description["frequency"]), bool(description["yearly"])
    scales = CovariateScales.from_description(description["covariates"])
    recipe, anchor = str(description["recipe"]), int(description["anchor"])
    return NetworkModel(recipe, network, lengths, frequency, yearly, scales, anchor)
