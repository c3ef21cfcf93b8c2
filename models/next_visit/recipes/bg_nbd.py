"""BG/NBD: customers visit at random at rates of their own, and may leave for good right after a visit.

Fader, Hardie and Lee (2005): a customer's rate is gamma distributed with shape r and rate alpha, and the chance of
leaving after a visit beta distributed with a and b. With x visits after the first, the last of them at t, and an age of
T, the likelihood is a constant of x and t times

    (alpha + T)^-(r + x)  +  [x > 0] a / (b + x - 1) (alpha + t)^-(r + x)

A customer who has not come again cannot have left. The chance of no visit in the next h days, for one who left before
or who stays away, is the same expression at an age of T + h divided by that at T.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import betaln, gammaln

from models.common.selection import Progress, no_progress
from models.next_visit.data.intervals import known_rows
from models.next_visit.data.visits import VisitHistory
from models.next_visit.recipes.artifact import attempt, malformed, write_description
from models.next_visit.recipes.pareto_nbd import (
    LARGEST_LOGARITHM,
    PENALTY,
    SMALLEST_HAZARD,
    Purchases,
    from_hazards,
    standardised,
)
from models.next_visit.settings import NextVisitSettings
from nightcast.values import Bins

RECIPE = "bg_nbd"


@dataclass(frozen=True)
class BgNbd:
    """The parameters: a gamma distribution of rates per day, and a beta distribution of chances of leaving."""

    r: float
    alpha: float
    a: float
    b: float

    @classmethod
    def fit(cls, purchases: Purchases) -> BgNbd:
        """By maximum likelihood, with a penalty that lets any data converge, none too."""
        if not purchases.age.size:
            return cls(1.0, 100.0, 1.0, 10.0)
        scaled, share, unit = standardised(purchases)
        bounds = [(-LARGEST_LOGARITHM, LARGEST_LOGARITHM)] * 4
        best = minimize(_loss, np.zeros(4), args=(scaled, share), method="L-BFGS-B", bounds=bounds)
        r, alpha, a, b = (float(value) for value in np.exp(best.x))
        return cls(r, alpha * unit, a, b)

    def bin_hazards(self, purchases: Purchases, bins: Bins) -> NDArray[np.float64]:
        """Probability of the next visit in each bin but the last, given none in an earlier bin: (r, K - 1)."""
        later = [self.log_quiet(purchases, float(edge)) for edge in (0, *bins.edges)]
        hazards = -np.expm1(np.diff(np.stack(later, axis=1), axis=1))
        return np.clip(hazards, SMALLEST_HAZARD, 1.0 - SMALLEST_HAZARD)

    def log_quiet(self, purchases: Purchases, days: float) -> NDArray[np.float64]:
        """Log of the module's expression, `days` later: (r,)."""
        repeats, shape = purchases.repeats, self.r + purchases.repeats
        stayed = -shape * np.log(self.alpha + purchases.age + days)
        chance = np.log(self.a) - np.log(self.b + np.maximum(repeats, 1.0) - 1.0)
        left = np.where(repeats > 0, chance - shape * np.log(self.alpha + purchases.recency), -np.inf)
        both: NDArray[np.float64] = np.logaddexp(stayed, left)
        return both


def _loss(logarithms: NDArray[np.float64], purchases: Purchases, share: NDArray[np.float64]) -> float:
    model, repeats = BgNbd(*(float(value) for value in np.exp(logarithms))), purchases.repeats
    rates = gammaln(model.r + repeats) - gammaln(model.r) + model.r * logarithms[1]
    stays = betaln(model.a, model.b + repeats) - betaln(model.a, model.b)
    likelihood = rates + stays + model.log_quiet(purchases, 0.0)
    return float(PENALTY * (logarithms**2).sum() - (likelihood * share).sum())


@dataclass(frozen=True, eq=False)
class BgNbdModel:
    """BG/NBD as a model of next visits."""

    bins: Bins
    parameters: BgNbd
    recipe: str = RECIPE

    def probabilities(self, history: VisitHistory, as_of: int) -> NDArray[np.float64]:
        """Probability of each bin for every customer (n, K); see `models.next_visit.recipes.model.NextVisitModel`."""
        rows = known_rows(history, as_of)
        result = np.full((history.customers, self.bins.count), 1.0 / self.bins.count)
        result[rows.customer] = from_hazards(self.parameters.bin_hazards(Purchases.at(history, rows), self.bins))
        return result

    def save(self, folder: Path) -> None:
        """Write the model into `folder`, which is made where it is missing."""
        write_description(folder, RECIPE, self.bins, {"parameters": asdict(self.parameters)})


def fit_bg_nbd(
    history: VisitHistory, as_of: int, settings: NextVisitSettings, seed: int = 0, progress: Progress = no_progress
) -> BgNbdModel:
    """BG/NBD of all customers known at `as_of`; defined for any history, an empty one too."""
    known = history.before(as_of)
    fitted = BgNbd.fit(Purchases.at(known, known_rows(known, as_of)))
    progress(1.0)
    return BgNbdModel(settings.bins, fitted)


def load(folder: Path, description: dict[str, Any], bins: Bins) -> BgNbdModel:
    """The model that `BgNbdModel.save` wrote.

    Raises:
        InputError: if a parameter is missing or not a positive number.
    """
    values = description.get("parameters")
    found = attempt(lambda: BgNbd(**{name: float(value) for name, value in dict(values).items()}), "BG/NBD")  # type: ignore[arg-type]
    if not all(np.isfinite(value) and value > 0 for value in asdict(found).values()):
        raise malformed("BG/NBD holds values that are no rates")
    return BgNbdModel(bins, found)
