"""Which customers at which landmarks a network learns from."""

from __future__ import annotations

from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.intervals import Rows
from models.next_visit.data.landmarks import landmark_days, landmark_rows, past_landmarks
from models.next_visit.features.customers import CHANNELS
from nightcast.values import Bins

SPACING = 7
"""Days between two landmarks: a week, so that each weekday's habits look alike at all of them."""

MOST_ROWS = 400_000
"""More rows take longer without a measurable gain; fewer lose accuracy where there are many customers."""

SEQUENCE_NUMBERS = 48_000_000
"""Most numbers that the sequences of the training rows may hold: 192 MB."""


def training_rows(known: CustomerBase, bins: Bins, look_back: int, seed: int) -> Rows:
    """Customers at landmarks of which at least the first bin had been seen at the as-of."""
    days = past_landmarks(known.history, known.as_of, bins, SPACING)
    return landmark_rows(known.history, days, most_rows(look_back), seed)


def whole_rows(known: CustomerBase, bins: Bins, look_back: int, seed: int) -> Rows:
    """Customers at landmarks whose whole horizon had been seen at the as-of."""

    def rows() -> Rows:
        days = landmark_days(known.history.first, known.as_of, bins.horizon, SPACING)
        return landmark_rows(known.history, days, most_rows(look_back), seed)

    return known.once(("whole_rows", bins, look_back, seed), rows)


def most_rows(look_back: int) -> int:
    """The most rows that are trained on, fewer where sequences are long."""
    return min(MOST_ROWS, SEQUENCE_NUMBERS // (look_back * len(CHANNELS)))
