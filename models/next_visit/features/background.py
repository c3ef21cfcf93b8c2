"""The statistical models that customers' features are made of: life table, Pareto/NBD and the level of the time.

They are fitted once for a `CustomerBase`, and shared by all recipes that are fitted on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.intervals import waits
from models.next_visit.features.level import Level
from models.next_visit.features.life_table import LifeTable
from models.next_visit.features.pareto_nbd import ParetoNbd
from models.next_visit.features.purchases import Purchases
from nightcast.values import Bins


def life_table_of(known: CustomerBase) -> LifeTable:
    """The life table of all waits up to the as-of; defined for any history, even an empty one."""
    return known.once("life_table", lambda: LifeTable.fit(waits(known.history, known.as_of)))


def pareto_nbd_of(known: CustomerBase) -> ParetoNbd:
    """Pareto/NBD of all customers known at the as-of; defined for any history, even an empty one."""
    return known.once("pareto_nbd", lambda: ParetoNbd.fit(Purchases.at(known.history, known.rows)))


def level_of(known: CustomerBase, bins: Bins) -> Level:
    """The level of the landmarks before the as-of."""
    return known.once(("level", bins), lambda: Level.fit(known.history, known.as_of, bins, pareto_nbd_of(known)))


@dataclass(frozen=True, eq=False)
class Background:
    """The statistical models that are fitted on all customers, and applied to each customer's own visits."""

    table: LifeTable
    pareto_nbd: ParetoNbd
    level: Level

    @classmethod
    def of(cls, known: CustomerBase, bins: Bins) -> Background:
        """The background of these customers, the same object for all recipes."""
        return known.once(
            ("background", bins), lambda: cls(life_table_of(known), pareto_nbd_of(known), level_of(known, bins))
        )

    def describe(self) -> dict[str, Any]:
        """The background as plain numbers, for JSON."""
        return {
            "hazards": self.table.describe(),
            "pareto_nbd": self.pareto_nbd.describe(),
            "level": self.level.describe(),
        }

    @classmethod
    def described(cls, values: dict[str, Any], bins: Bins) -> Background:
        """The background that `describe` described.

        Raises:
            InputError: if a part is missing or malformed.
        """
        return cls(
            LifeTable.described(values.get("hazards")),
            ParetoNbd.described(values.get("pareto_nbd")),
            Level.described(values.get("level"), bins),
        )
