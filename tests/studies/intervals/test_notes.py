from __future__ import annotations

from studies.intervals.notes import example


def test_the_published_visits_give_the_published_intervals() -> None:
    """The last two are 53 days and 17 hours apart, which is 54 calendar days."""
    assert example().intervals.tolist() == [0, 44, 18, 0, 54]
