"""FLAIR of flaircast (Honda, 2026; Apache-2.0) as a recipe of the benchmarks: https://arxiv.org/abs/2605.07222.

A series is a level for each season times a fixed shape of the season; a ridge regression forecasts the level, and past
errors give sample paths. It reads the history of one series, and neither covariates nor holidays. It is no recipe of
the program: ``python -m benchmarks.sales_candidates --with-flair`` measures what it would contribute.

`make bench-flair` puts the package, without those that it names and does not import, into a folder of its own.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np

from models.common.arrays import Floats, Integers
from models.common.recipe import Description
from models.sales.data.panel import SalesPanel
from models.sales.recipes.model import QUANTILES, Forecast, SalesModel, UntrainedRecipe
from models.sales.recipes.seasonal_naive import SeasonalNaive
from models.sales.recipes.statistical.history import filled, usable

RECIPE = "flair"
PACKAGES = Path(".venv-flair")
PATHS = 500
"""Sample paths of each series, from which the quantiles are taken; 200 is the package's default."""

SEED = 1
SERIES_AT_ONCE = 32


@dataclass(frozen=True)
class FlairModel:
    """FLAIR for any panel of its frequency; each series is fitted when it is forecast.

    Args:
        horizon: Steps.
        season: Periods of a season; the package itself takes that of the frequency.
        frequency: Frequency of the calendar.
    """

    horizon: int
    season: int
    frequency: str
    recipe: str = RECIPE

    def forecast(self, panel: SalesPanel) -> Forecast:
        """All series; covered are those to which a statistical model could be fitted, seasonal naive does the rest."""
        covered = np.concatenate([np.zeros(0, bool), *(usable(panel.values[part], 1) for part in panel.chunks)])

        def forecast(part: Integers) -> tuple[Floats, Floats]:
            return self._of_histories(filled(panel.values[part], self.season), panel.calendar.family)

        baseline = SeasonalNaive(self.horizon, self.season, self.frequency)
        return baseline.stand_in(panel, covered, max(panel.series_count, 1), forecast)

    def _of_histories(self, values: Floats, family: str) -> tuple[Floats, Floats]:
        """Mean and quantiles of histories without gaps after their begin, (n, T), on all cores."""
        from joblib import Parallel, delayed

        blocks = [values[start : start + SERIES_AT_ONCE] for start in range(0, len(values), SERIES_AT_ONCE)]
        results = Parallel(-1)(delayed(_forecast_block)(block, self.horizon, family) for block in blocks)
        mean, quantiles = (np.concatenate([result[part] for result in results]) for part in (0, 1))
        return mean, quantiles

    def save(self, folder: Path) -> None:
        """Nothing is kept."""
        raise NotImplementedError


def _forecast_block(values: Floats, horizon: int, family: str) -> tuple[Floats, Floats]:
    """Mean (n, H) and quantiles (n, H, Q), in a process of its own."""
    forecast = load_package().forecast
    mean, quantiles = np.empty((len(values), horizon)), np.empty((len(values), horizon, len(QUANTILES)))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for place, history in enumerate(values):
            paths = forecast(history[~np.isnan(history)], horizon, family, n_samples=PATHS, seed=SEED)
            mean[place], quantiles[place] = paths.mean(axis=0), np.quantile(paths, QUANTILES, axis=0).T
    return mean, quantiles


def load_package() -> ModuleType:
    """The package; exits with code 2 if it is not installed."""
    if str(PACKAGES.absolute()) not in sys.path:
        sys.path.append(str(PACKAGES.absolute()))
    try:
        return importlib.import_module("flaircast")
    except ModuleNotFoundError:
        print(f"flaircast is not in {PACKAGES}: make bench-flair installs it.", file=sys.stderr)
        raise SystemExit(2) from None


def _make(known: SalesPanel, seed: int) -> SalesModel:
    return FlairModel(known.lengths.horizon, known.lengths.season, known.calendar.frequency)


def _load(folder: Path, description: Description) -> SalesModel:
    raise NotImplementedError


FLAIR = UntrainedRecipe(RECIPE, _make, _load)
"""The recipe."""
