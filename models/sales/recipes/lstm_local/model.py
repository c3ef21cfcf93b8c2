"""One small LSTM for each series by itself, all of them trained as one program.

One network for all series learns what they have in common; these networks learn what is particular to each series. Each
starts from a mean of candidates, weighted by their errors in the series' past, and learns a correction.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from models.common.arrays import Flags, Floats
from models.common.description import damaged, write_description
from models.common.lstm_bank.bank import BankShape, Learning, forecast, fresh_weights, train
from models.common.recipe import Description
from models.sales.data.calendar import Calendar
from models.sales.data.lengths import Lengths
from models.sales.data.panel import SalesPanel
from models.sales.features.windows import learnable
from models.sales.recipes.lstm_local.bands import forecasts
from models.sales.recipes.lstm_local.windows import FEATURES, WINDOWS, LocalWindows, steps_of, windows_of
from models.sales.recipes.model import SalesModel, UntrainedRecipe
from models.sales.recipes.panel_model import PanelModel
from models.sales.recipes.seasonal_naive import SeasonalNaive

RECIPE = "lstm_local"
UNITS = 8
LEARNING = Learning(epochs=20, batch_size=32, learning_rate=0.01, loss="mae")
"""The mean absolute error makes the network learn a median. 16 cells or twice the epochs changed little."""

APPLIED = 0.5
"""The share of a correction that is applied: all of it was 1 to 4 % worse at earlier origins."""

SERIES_AT_ONCE = 64
"""Networks trained side by side; the last batch is filled up to this number, so one compiled program serves for all.

2,000 daily series took 11 s and 0.9 GiB once compiled; 128 to 512 at once took 13 to 19 s and 1.0 to 1.4 GiB.
"""


@dataclass(frozen=True)
class LocalLstm(PanelModel):
    """A separate network for each series, for any panel of its frequency.

    Nothing is kept between nights, and no series is known by name: as with the statistical models, each network is
    trained on the series' own values whenever it is forecast, in bounded time. The same values and the same seed give
    the same forecast, whatever the other series and their order.

    Args:
        lengths: Lengths of the panel that it was built for.
        calendar: The calendar of its panels.
        seed: Seed of the first weights, which all series share, and of the order of windows.
    """

    lengths: Lengths
    calendar: Calendar
    seed: int
    recipe: str = RECIPE
    at_once = SERIES_AT_ONCE

    @property
    def baseline(self) -> SeasonalNaive:
        """Stands in for series that are not covered."""
        return SeasonalNaive(self.lengths.horizon, self.lengths.season, self.calendar.frequency)

    def covers(self, panel: SalesPanel) -> Flags:
        """Series with enough known values, some of them in the look-back, (S,)."""
        return learnable(panel.values, self.lengths)

    def forecast_all(self, panel: SalesPanel) -> tuple[Floats, Floats]:
        """Mean (S, H) and quantiles (S, H, Q) of at most `at_once` series."""
        chosen = np.resize(np.arange(panel.series_count), self.at_once)
        windows = windows_of(panel.values[chosen], self.lengths, panel.first_ordinal)
        fitted = windows.start + APPLIED * self._corrections(windows)
        mean, quantiles = forecasts(windows, fitted, self.lengths)
        return mean[: panel.series_count], quantiles[: panel.series_count]

    def _corrections(self, windows: LocalWindows) -> Floats:
        """The corrections of the trained networks to the start of every window, (n, W, H).

        A target counts by the share of it that is known; unknown steps ask for no correction.
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
        """Write the artifact, a description, into a folder, which is created where it is missing."""
        description = {"frequency": self.frequency, "seed": self.seed, "lengths": asdict(self.lengths)}
        write_description(folder, self.recipe, description)


def _load(folder: Path, description: Description) -> SalesModel:
    lengths = Lengths(**{name: int(value) for name, value in description["lengths"].items()})
    frequency, seed = str(description["frequency"]), int(description["seed"])
    if min(asdict(lengths).values()) < 1 or seed < 0:
        raise damaged(f"a length is below 1, or its seed {seed} below 0")
    return LocalLstm(lengths, Calendar(frequency), seed)


LSTM_LOCAL = UntrainedRecipe(RECIPE, lambda known, seed: LocalLstm(known.lengths, known.calendar, seed), _load)
"""The recipe of a small LSTM for each series."""
