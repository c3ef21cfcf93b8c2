"""What the curves of all customers share, computed once for all customers of a night."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.common.description import attempt
from models.next_visit.curve.holidays import Holidays
from models.next_visit.curve.waits import WaitDays
from models.next_visit.curve.weekdays import Weekdays
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.features.background import Background
from models.next_visit.features.level import Level
from models.next_visit.features.pareto_nbd import ParetoNbd
from models.next_visit.recipes.blend import BlendModel
from models.next_visit.recipes.feature_model import FeatureModel
from models.next_visit.recipes.model import NextVisitModel
from models.next_visit.recipes.pareto_nbd import ParetoNbdModel
from nightcast.values import Bins

YEAR_AHEAD = 365
"""The last day that dates are given for."""

STRETCH = 28
"""Days of a stretch behind the horizon; a whole number of weeks."""


@dataclass(frozen=True, eq=False)
class Shared:
    """What the curves of all customers share at an as-of.

    Behind the horizon, there are stretches of `STRETCH` days each, until a year is over.

    Attributes:
        as_of: in days since 1970-01-01.
        bins: the bins of the forecast.
        weekdays: the days of the week on which customers come.
        wait_days: the days of a wait on which they come.
        holidays: how often they come on the holidays within the horizon.
        pareto_nbd: the customers' rhythm.
        level: float64 (K - 1), of the time, in log odds of the hazard of each bin but the last.
        level_behind: float64 (s,), the same of each stretch behind the horizon.
    """

    as_of: int
    bins: Bins
    weekdays: Weekdays
    wait_days: WaitDays
    holidays: Holidays
    pareto_nbd: ParetoNbd
    level: NDArray[np.float64]
    level_behind: NDArray[np.float64]

    @classmethod
    def of(cls, model: NextVisitModel, known: CustomerBase, country: str | None = None) -> Shared:
        """What is shared by all customers of `known`, by the statistical models that `model` was fitted with.

        Raises:
            SettingsError: if public holidays of the country are not known.
        """
        known = known.learned_from
        pareto_nbd, level = _statistics(model, known)
        weekdays = known.once("weekdays", lambda: Weekdays.fit(known))
        wait_days = known.once(("wait days", model.bins), lambda: WaitDays.fit(known, model.bins, weekdays))
        holidays = Holidays.fit(known, country, model.bins.horizon)
        ahead = level.expected(known.as_of + np.array([0, *_alike(model.bins)]))
        return cls(known.as_of, model.bins, weekdays, wait_days, holidays, pareto_nbd, ahead[0], ahead[1:, -1])

    @property
    def ends(self) -> NDArray[np.int64]:
        """The last day of each bin but the last, then of each stretch."""
        behind = self.bins.horizon + STRETCH * np.arange(1, self.level_behind.size + 1)
        return np.concatenate([np.array(self.bins.edges), behind]).astype(np.int64)

    def describe(self) -> dict[str, Any]:
        """All of it as plain numbers, for JSON."""
        return {
            "as_of": self.as_of,
            "bin_edges_days": list(self.bins.edges),
            "weekdays": self.weekdays.shop.tolist(),
            "concentration": self.weekdays.concentration,
            "wait_days": self.wait_days.hazards.tolist(),
            "holidays": self.holidays.factor.tolist(),
            "pareto_nbd": self.pareto_nbd.describe(),
            "level": self.level.tolist(),
            "level_behind": self.level_behind.tolist(),
        }

    @classmethod
    def described(cls, values: dict[str, Any]) -> Shared:
        """What `describe` described.

        Raises:
            InputError: if a part is missing or malformed.
        """

        def numbers(name: str) -> NDArray[np.float64]:
            return np.asarray(values[name], dtype=np.float64)

        return attempt(
            lambda: cls(
                int(values["as_of"]),
                Bins.of(values["bin_edges_days"]),
                Weekdays(numbers("weekdays"), float(values["concentration"])),
                WaitDays(numbers("wait_days")),
                Holidays(numbers("holidays")),
                ParetoNbd.described(values["pareto_nbd"]),
                numbers("level"),
                numbers("level_behind"),
            ),
            "what the curves share",
        )


def _alike(bins: Bins) -> list[int]:
    """For each stretch, the days after which the last bin but ``later`` has its middle in that of the stretch."""
    start = ([0, *bins.edges])[-2]
    middle = (STRETCH - bins.horizon - start) // 2
    return [max(begin + middle, 0) for begin in range(bins.horizon, YEAR_AHEAD, STRETCH)]


def _statistics(model: NextVisitModel, known: CustomerBase) -> tuple[ParetoNbd, Level]:
    """Those that the model forecasts with, or else those of the customers."""
    if isinstance(model, BlendModel):
        return _statistics(model.network, known)
    if isinstance(model, ParetoNbdModel):
        return model.parameters, model.level
    background = model.background if isinstance(model, FeatureModel) else Background.of(known, model.bins)
    return background.pareto_nbd, background.level
