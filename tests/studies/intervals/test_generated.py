"""Generated customers."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from studies.intervals.data import read
from studies.intervals.generated import FIRST_DAY, customer_base
from tests.studies.database import NoDatabase
from tests.studies.intervals.example import study


def test_generated_customers_are_the_same_for_a_seed_and_differ_between_seeds(tmp_path: Path) -> None:
    source = {"generate": "customer_base", "customers": 40, "days": 400, "seed": 3}
    first, again, other = (
        read(study(source), tmp_path, NoDatabase()),
        customer_base(40, 400, 3),
        customer_base(40, 400, 4),
    )
    np.testing.assert_array_equal(first.day, again.day)
    assert first.day.tolist() != other.day.tolist()
    assert first.customers == 40
    assert first.day.min() >= FIRST_DAY
    assert first.day.max() < FIRST_DAY + 400


def test_customers_are_regular_irregular_or_lapsing() -> None:
    visits = customer_base(2000, 3000, 1)
    pauses = np.split(visits.day, np.flatnonzero(np.diff(visits.customer)) + 1)
    longer = [own[own > 0] for own in (np.diff(days) for days in pauses) if (own > 0).sum() >= 7]
    assert 0.03 < (visits.intervals == 0).mean() < 0.08
    spreads = np.array([own.std() / own.mean() for own in longer])
    slower = np.array([own[-3:].mean() > 2.5 * own[:3].mean() for own in longer])
    assert 0.35 < (spreads < 0.4).mean() < 0.6
    assert 0.15 < slower.mean() < 0.35
    assert (spreads[~slower] > 0.7).mean() > 0.2
