"""One small LSTM for each series by itself, all of them trained as one program.

Where one network for all series learns what they have in common, these learn what is a series' own. Each starts from a
mean of candidates, those that were nearest in its series' past counting most, and learns a correction.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.common.arrays import Flags, Floats, Integers
from models.common.lstm_bank.bank import BankShape, Learning, forecast, fresh_weights, train
from models.sales.data.lengths import Lengths
from models.sales.data.panel import SalesPanel
from models.sales.recipes.artifact import damaged, write_description
from models.sales.recipes.constraints import finish
from models.sales.recipes.coverage import learnable, predict_covered
from models.sales.recipes.lstm_local.bands import forecasts
from models.sales.recipes.lstm_local.windows import FEATURES, WINDOWS, LocalWindows, steps_of, windows_of
from models.sales.recipes.seasonal_naive import SeasonalNaive

RECIPE = "lstm_local"
UNITS = 8
LEARNING = Learning(epochs=20, batch_size=32, learning_rate=0.01, loss="mae")
"""The mean absolute error, so that what is learned is a median. 16 cells or twice the epochs changed little."""

BELIEVED = 0.5
"""The share of a correction that is believed: all of it was 1 to 4 % worse at earlier origins."""

SERIES_AT_ONCE = 64
"""Networks trained side by side; the last ones are made up to so many, so that one compiled program serves for all.

2,000 daily series took 11 s and 0.9 GiB once compiled; 128 to 512 at once took 13 to 19 s and 1.0 to 1.4 GiB.
"""


@dataclass(frozen=True)
class LocalLstm:
    """A network of each series' own, for any panel of its frequency.

    Nothing is kept between nights, and no series is known by name: as with the statistical models, each series is
    learned anew from its own values whenever it is forecast, in bounded time. The same values and the same seed give
    the same forecast, in whatever order and company.

    Args:
        lengths: The panel's that it was made for.
        frequency: The calendar's.
        seed: Of the first weights, which all series share, and of the order of windows.
    """

    lengths: Lengths
    frequency: str
    seed: int
    recipe: str = RECIPE

    @property
    def horizon(self) -> int:
        """Steps it forecasts."""
        return self.lengths.horizon

    @property
    def baseline(self) -> SeasonalNaive:
        """What forecasts the series that are not covered."""
        return SeasonalNaive(self.lengths.horizon, self.lengths.season, self.frequency)

    def covers(self, panel: SalesPanel) -> Flags:
        """Series with enough known values, and one at least inside the look-back, (S,)."""
        return learnable(panel, self.lengths)

    def predict(self, panel: SalesPanel) -> tuple[Floats, Floats]:
        """Mean (S, H) and quantiles (S, H, 5); NaN for a series without a known value."""
        return predict_covered(panel, self.covers(panel), self.baseline, SERIES_AT_ONCE, self._predict)

    def _predict(self, panel: SalesPanel, part: Integers) -> tuple[Floats, Floats]:
        chosen = np.resize(part, SERIES_AT_ONCE)
        windows = windows_of(panel.values[chosen], self.lengths, panel.first_ordinal)
        fitted = windows.start + BELIEVED * self._corrections(windows)
        mean, quantiles = forecasts(windows, fitted, self.lengths)
        return finish(mean[: len(part)], quantiles[: len(part)], panel, part)

    def _corrections(self, windows: LocalWindows) -> Floats:
        """What the networks, once trained, add to the start of every window, (n, W, H).

        A target that is partly unknown counts by the share that is known; the rest asks for no correction.
        """
        shape = BankShape(steps_of(self.lengths), FEATURES, (UNITS,), self.horizon)
        weights = [np.repeat(weight, len(windows.start), axis=0) for weight in fresh_weights(shape, 1, self.seed)]
        weights[-2] = np.zeros_like(weights[-2])  # no correction before anything is learned
        known = ~np.isnan(windows.target)
        target = np.where(known, windows.target - windows.start, 0.0)
        order = np.random.default_rng(self.seed).permutation(WINDOWS)
        counted = known.mean(axis=2)[:, order]
        trained = train(shape, LEARNING, weights, windows.inputs[:, order], target[:, order], sample_weights=counted)
        return forecast(shape, trained.weights, windows.inputs)[0].astype(np.float64)

    def save(self, folder: Path) -> None:
        """Write the artifact, a description, into a folder, which is made where it is missing."""
        description = {"recipe": self.recipe, "frequency": self.frequency, "seed": self.seed}
        write_description(folder, {**description, "lengths": asdict(self.lengths)})


def load_local(folder: Path, description: dict[str, Any]) -> LocalLstm:
    """Make the model that `LocalLstm.save` described.

    Raises:
        InputError: if the description is damaged.
    """
    try:
        lengths = Lengths(**{name: int(value) for name, value in description["lengths"].items()})
        frequency, seed = str(description["frequency"]), int(description["seed"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise damaged(folder) from error
    if min(asdict(lengths).values()) < 1 or seed < 0:
        raise damaged(folder)
    return LocalLstm(lengths, frequency, seed)
