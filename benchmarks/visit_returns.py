"""Known customers' expected first returns beside visits per day: two answers to how many will come, where they meet.

Of the visits ahead, the first of each known customer is what the forecast of next visits expects. The others are second
and later ones, and those of customers who are new. On the first day all visits are first returns or of new customers;
over all days, known customers' expected visits, second and later ones among them, can be compared with all visits less
those of new customers. What new customers bring is not forecast: it is counted as it came.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.figures import Figure
from benchmarks.sales_scoring import Numbers
from benchmarks.visit_dates import waits_seen
from models.common.recipe import Training
from models.next_visit.curve.curve import Curve
from models.next_visit.curve.shared import Shared
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.visits import VisitHistory
from models.next_visit.features.purchases import Purchases
from models.next_visit.recipes.registry import RECIPES
from models.next_visit.settings import NextVisitSettings
from models.next_visit.value.value import visits_ahead

SEED = 20_240_229


@dataclass(frozen=True, eq=False)
class Returns:
    """What is expected and what came from one as-of on, by day, (H,) each.

    Attributes:
        returning: expected first returns of known customers.
        returned: those that came.
        new: visits of customers who are new, as they came.
        visits: all visits that the forecast of visits per day expects.
        came: all visits that came.
        known: the visits that known customers are expected to make over all days.
    """

    returning: Numbers
    returned: Numbers
    new: Numbers
    visits: Numbers
    came: Numbers
    known: float

    @classmethod
    def of(
        cls, history: VisitHistory, as_of: int, visits: Numbers, came: Numbers, country: str | None, recipe: str
    ) -> Returns:
        """The next visits that a night at `as_of` expects by one recipe, beside the visits per day of that night."""
        base, settings, days = CustomerBase.at(history, as_of), NextVisitSettings(), len(visits)
        model = RECIPES[recipe].fit(base, Training(settings, SEED))
        probabilities = model.probabilities(base)[base.rows.customer]
        curve = Curve.of(Shared.of(model, base, country), base.history, base.rows, probabilities)
        wait = waits_seen(history, base.rows)
        ahead = visits_ahead(curve, Purchases.at(base.history, base.rows), days)
        return cls(
            curve.expected_by_day()[:days],
            np.bincount(wait[wait <= days].astype(np.int64) - 1, minlength=days).astype(np.float64),
            visits_of_new(history, as_of, days),
            visits,
            came,
            float(ahead.sum()),
        )


def visits_of_new(history: VisitHistory, as_of: int, days: int) -> Numbers:
    """The visit days of customers without one before the as-of, by day, (days,)."""
    is_new = np.repeat(history.first_day >= as_of, history.visit_days)
    day = history.day[is_new & (history.day >= as_of) & (history.day < as_of + days)] - as_of
    return np.bincount(day, minlength=days).astype(np.float64)


def returns_table(name: str, found: Sequence[Returns], as_ofs: Sequence[int]) -> str:
    """First returns at each as-of, expected and as they came, beside visits per day; of all days."""
    heads = ("expected", "returned", "ratio", "visits", "came", "of new")
    lines = [f"{name}: first returns".ljust(34) + "".join(f"{head:>10}" for head in heads)]
    for as_of, one in zip(as_ofs, found, strict=True):
        sums = [float(part.sum()) for part in (one.returning, one.returned, one.visits, one.came, one.new)]
        cells = [*sums[:2], sums[0] / max(sums[1], 1.0), *sums[2:]]
        texts = [f"{cell:>10.3f}" if place == 2 else f"{cell:>10.0f}" for place, cell in enumerate(cells)]
        lines.append(f"  at {np.datetime64(as_of, 'D')}".ljust(34) + "".join(texts))
    return "\n".join(lines)


def returns_figures(name: str, found: Sequence[Returns]) -> Iterator[Figure]:
    """Expected over what came, all as-ofs together, and the same of visits per day less those of new customers."""
    returning, returned, new, visits, came = (
        np.stack([getattr(one, part) for one in found]) for part in ("returning", "returned", "new", "visits", "came")
    )
    days, by_known = returning.shape[1], (came - new).sum()
    yield Figure(f"{name}_first_returns_of_{days}_days", float(returning.sum() / returned.sum()))
    each = returning.sum(axis=1) / returned.sum(axis=1)
    yield Figure(f"{name}_first_returns_of_{days}_days_least", float(each.min()))
    yield Figure(f"{name}_first_returns_of_{days}_days_most", float(each.max()))
    yield Figure(f"{name}_first_returns_of_the_first_day", float(returning[:, 0].sum() / returned[:, 0].sum()))
    less_new = float((visits - new)[:, 0].sum() / (came - new)[:, 0].sum())
    yield Figure(f"{name}_visits_less_new_of_the_first_day", less_new)
    yield Figure(f"{name}_visits_of_known_in_{days}_days", float(sum(one.known for one in found) / by_known))
    yield Figure(f"{name}_visits_less_new_of_{days}_days", float((visits - new).sum() / by_known))
    yield Figure(f"{name}_share_of_new_in_{days}_days", float(new.sum() / came.sum()))
