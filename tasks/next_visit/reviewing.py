"""Reviews of published forecasts of next visits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from models.next_visit.data.customer_base import CustomerBase
from nightcast.values import Bins, Evaluation, to_day
from sql.ledger.reviews import OpenRun, Review, read_forecast
from sql.tables import BIN_COLUMNS, next_visit_stored, visit_calibration
from tasks.night import Night, Prepared
from tasks.review import places

SUMS = {
    "customers",
    "predicted_customers",
    "predicted_returners",
    "realised_customers",
    "realised_returners",
}
"""Figures that are sums over customers."""


def review_visits(night: Night, prepared: Prepared[CustomerBase], run: OpenRun, parts: Sequence[str]) -> Review:
    """Compare published probabilities with the observed bins; see `ProductSteps.review`."""
    from models.next_visit.review import beside_outcome, calibration_of, figures_of

    bins = Bins(run.ends)
    within = BIN_COLUMNS[: bins.count - 1]
    rows = read_forecast(night.database, next_visit_stored, run.run_id, "customer_id", within)
    probabilities = np.full((len(prepared.ids), bins.count), np.nan)
    place, is_known = places(rows, prepared.ids)
    probabilities[place[is_known], :-1] = np.stack(rows.numbers, axis=1)[is_known]
    probabilities[:, -1] = 1.0 - probabilities[:, :-1].sum(axis=1)
    reviewed = beside_outcome(prepared.known.history, to_day(run.as_of), bins, probabilities)
    calibration = {part: calibration_of(reviewed, part) for part in parts}
    groups = [
        pa.table(
            {
                "part": pa.repeat(part, len(one.customers)),
                "group_number": np.arange(1, len(one.customers) + 1, dtype=np.int16),
                "predicted": one.predicted,
                "realised": one.realised,
                "customers": one.customers.astype(np.int32),
            }
        )
        for part, one in calibration.items()
    ]
    return Review(_of_all(figures_of(reviewed, parts), prepared.times), [(visit_calibration, pa.concat_tables(groups))])


def _of_all(figures: Sequence[Evaluation], times: float) -> list[Evaluation]:
    """The figures of so many times as many customers: sums grow, and means stay as they are."""
    return [
        replace(one, value=one.value * times, baseline_value=one.baseline_value * times) if one.metric in SUMS else one
        for one in figures
    ]
