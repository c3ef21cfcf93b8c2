"""The recipe ``lstm``: one network for all series, seasonal naive for those it cannot forecast."""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models import keras_runtime
from models.sales.arrays import Flags, Floats, Integers
from models.sales.artifact import damaged, write_description
from models.sales.features import build_inputs
from models.sales.lengths import Lengths
from models.sales.outcome import QUANTILES, finish
from models.sales.panel import SalesPanel
from models.sales.scaling import uncurve
from models.sales.seasonal_naive import SeasonalNaive
from models.sales.trainer import Trainer
from models.sales.windows import cut

NETWORK = "network.keras"
SERIES_AT_ONCE = 4_096


@dataclass(frozen=True, eq=False)
class LstmModel:
    """A trained network, ready to forecast any panel of its frequency.

    Args:
        network: The Keras model, see `models.sales.network.build`.
        lengths: Those it was trained with.
        frequency: The calendar's.
        yearly: See `models.sales.features.build_inputs`.
        trainer: What trained it, where it was trained in this process.
    """

    network: Any
    lengths: Lengths
    frequency: str
    yearly: bool
    trainer: Trainer | None = None
    recipe: str = "lstm"

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
        known = ~np.isnan(panel.values)
        enough = known.sum(axis=1) >= self.lengths.minimum_observations
        return np.asarray(enough & known[:, -self.lengths.look_back :].any(axis=1))

    def predict(self, panel: SalesPanel) -> tuple[Floats, Floats]:
        """Mean (S, H) and quantiles (S, H, 5); NaN for a series without a known value."""
        covered = self.covers(panel)
        mean, quantiles = self.baseline.predict_some(panel, ~covered)
        places = np.flatnonzero(covered)
        for start in range(0, len(places), SERIES_AT_ONCE):
            part = places[start : start + SERIES_AT_ONCE]
            mean[part], quantiles[part] = self._predict(panel, part)
        return mean, quantiles

    def _predict(self, panel: SalesPanel, part: Integers) -> tuple[Floats, Floats]:
        origin = np.full(len(part), panel.length)
        history = cut(panel.values, part, origin, self.lengths.reach, 0)
        inputs = build_inputs(history, panel.first_ordinal + origin, panel.calendar, self.lengths, self.yearly)
        output = np.asarray(self.network(inputs.arrays, training=False))
        with np.errstate(over="ignore"):
            quantiles = uncurve(output[:, :, :5]) * inputs.level[:, None, None]
            mean = output[:, :, 5].astype(np.float64) * inputs.level[:, None]
        return finish(mean, quantiles, panel, part)

    def save(self, folder: Path) -> None:
        """Write the artifact into a folder, which is made where it is missing."""
        description = {"recipe": self.recipe, "frequency": self.frequency, "yearly": self.yearly}
        write_description(folder, {**description, "lengths": asdict(self.lengths)})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Keras and NumPy 2 disagree about a keyword
            self.network.save(folder / NETWORK, include_optimizer=False)


def load_lstm(folder: Path, description: dict[str, Any]) -> LstmModel:
    """Read the artifact that `LstmModel.save` wrote.

    Raises:
        InputError: if a file is missing or damaged.
    """
    keras = keras_runtime.start(0)
    try:
        lengths = Lengths(**{name: int(value) for name, value in description["lengths"].items()})
        loaded = keras.saving.load_model(folder / NETWORK, compile=False, safe_mode=True)
        if loaded.output_shape != (None, lengths.horizon, len(QUANTILES) + 1):
            raise damaged(folder)
        return LstmModel(loaded, lengths, str(description["frequency"]), bool(description["yearly"]))
    except (KeyError, TypeError, ValueError, OSError, AttributeError) as error:
        raise damaged(folder) from error
