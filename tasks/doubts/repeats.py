"""Visits that are probably in the source twice: their amounts would count twice."""

from __future__ import annotations

import numpy as np

from nightcast.values import Product
from tasks.night import Known, Model, Night, SourceRows
from tasks.product import ProductSteps

NEARLY_ALL = 0.9
"""The share of visits with a twin, of the same customer, day and amount, from which on they were loaded twice."""

FEWEST_ROWS = 100

MOST_ROWS = 200_000
"""Rows of a sample of whole customers that are looked at: what is so for nearly all rows shows in them."""


def point_out_repeats(night: Night, product: ProductSteps[Known, Model], rows: SourceRows) -> None:
    """Warn if nearly every visit has a twin."""
    if product.name != Product.NEXT_VISIT or len(rows.code) < FEWEST_ROWS:
        return
    share = share_with_twin(rows)
    if share >= NEARLY_ALL:
        night.warn(
            f"{share:.0%} of the visits have a twin of the same customer, day and amount: were they loaded twice? Days "
            "count once, amounts add up; if so, let a query in [source.visits] select them DISTINCT"
        )


def share_with_twin(rows: SourceRows) -> float:
    """The share of known amounts that occur more than once for their customer and day, in a sample of customers."""
    chosen = rows.code % max(1, len(rows.code) // MOST_ROWS) == 0
    known = chosen & ~np.isnan(rows.value)
    code, day, value = rows.code[known], rows.day[known], rows.value[known]
    if not len(value):
        return 0.0
    order = np.lexsort((value, day, code))
    same = np.ones(len(order) - 1, dtype=np.bool_)
    for column in (code, day, value):
        same &= column[order][1:] == column[order][:-1]
    return float(np.mean(np.append(same, False) | np.append(False, same)))
