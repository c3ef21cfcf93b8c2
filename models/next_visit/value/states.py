"""The state of a customer, by a rule that can be read from the row itself.

The first of these that holds:

- lost: a visit within a year has a probability below 0.1;
- lapsing: overdue, and away for more than three usual intervals, or with a probability below 0.5 of a visit within a
  year;
- new: one visit day;
- overdue: away for longer than the usual interval;
- due: away for more than three quarters of it;
- regular.

For a customer with one visit day, the usual interval of all counts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

STATES = ("new", "regular", "due", "overdue", "lapsing", "lost")
DUE_SHARE, LAPSING_INTERVALS = 0.75, 3.0
LAPSING_PROBABILITY, LOST_PROBABILITY = 0.5, 0.1


def states(
    visit_days: NDArray[np.int64],
    intervals_away: NDArray[np.float64],
    is_likely: NDArray[np.bool_],
    is_possible: NDArray[np.bool_],
) -> NDArray[np.int8]:
    """The places in `STATES`: (r,).

    Args:
        visit_days: (r,), before the as-of.
        intervals_away: (r,), elapsed days over the usual interval.
        is_likely: (r,), whether a visit within a year has the probability `LAPSING_PROBABILITY`.
        is_possible: (r,), whether it has the probability `LOST_PROBABILITY`.
    """
    is_overdue = intervals_away > 1.0
    rules = {
        "lost": ~is_possible,
        "lapsing": is_overdue & ((intervals_away > LAPSING_INTERVALS) | ~is_likely),
        "new": visit_days == 1,
        "overdue": is_overdue,
        "due": intervals_away > DUE_SHARE,
    }
    places = [STATES.index(name) for name in rules]
    return np.select(list(rules.values()), places, STATES.index("regular")).astype(np.int8)
