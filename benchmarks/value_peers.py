"""Visits and amounts expected by other methods; runs in an environment of its own (``make bench-peers``).

Reads an archive with ``offsets``, ``day`` and ``amount`` (visit days, customer after customer), ``as_ofs`` and
``window``. Writes one with ``<peer>/<measure>/<as-of>``, the expectations of all customers known then. It imports
nothing from the program, so that both share no mistake.
"""

from __future__ import annotations

import sys
import warnings
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

LEAST_PAST = 90
PENALTIES = (1e-3, 1e-2, 1e-1)
RECENT_DAYS = (28, 91, 182)
Array = Any


@dataclass
class Visits:
    """Visit days of all customers."""

    customer: Array
    day: Array
    amount: Array
    customers: int

    def known(self, as_of: int) -> Array:
        """The customers with a visit day before `as_of`."""
        return np.flatnonzero(self.count(-1, as_of))

    def count(self, start: int, end: int) -> Array:
        """Visit days of each customer from `start` up to `end`, excluded."""
        return np.bincount(self.customer[self._inside(start, end)], minlength=self.customers)

    def total(self, start: int, end: int) -> Array:
        """The sum of their amounts."""
        inside = self._inside(start, end)
        return np.bincount(self.customer[inside], np.nan_to_num(self.amount[inside]), minlength=self.customers)

    def _inside(self, start: int, end: int) -> Array:
        return (self.day >= start) & (self.day < end)

    def ends(self, as_of: int) -> tuple[Array, Array]:
        """The first and the last day of each customer before `as_of`."""
        first, last = np.full(self.customers, as_of), np.zeros(self.customers, dtype=np.int64)
        inside = self.day < as_of
        np.minimum.at(first, self.customer[inside], self.day[inside])
        np.maximum.at(last, self.customer[inside], self.day[inside])
        return first, last


def bg_nbd(visits: Visits, as_of: int, window: int) -> dict[str, Array]:
    """BG/NBD and Gamma-Gamma of lifetimes; the mean of all for customers without a positive repeated amount."""
    from lifetimes import GammaGammaFitter

    known, (first, last) = visits.known(as_of), visits.ends(as_of)
    repeats = (visits.count(-1, as_of)[known] - 1).astype(float)
    recency, age = (last - first)[known] / 7.0, (as_of - first)[known] / 7.0
    count = _bg_nbd_visits(repeats, recency, age, window / 7.0)
    # The first visit is left out of the amounts, as lifetimes does by default.
    later = visits.day > first[visits.customer]
    inside = later & (visits.day < as_of) & (visits.amount > 0)
    number = np.bincount(visits.customer[inside], minlength=visits.customers)[known]
    total = np.bincount(visits.customer[inside], visits.amount[inside], minlength=visits.customers)[known]
    mean = total / np.maximum(number, 1)
    spending = GammaGammaFitter(penalizer_coef=1e-3)
    spending.fit(number[number > 0].astype(float), mean[number > 0])
    each = np.asarray(spending.conditional_expected_average_profit(number.astype(float), mean), dtype=float)
    return {"visits": count, "amount": count * each}


def _bg_nbd_visits(repeats: Array, recency: Array, age: Array, weeks: float) -> Array:
    """With the smallest penalty under which it converges.

    Where nobody seems to leave, lifetimes computes no numbers for some customers; they are expected at their
    mean rate.
    """
    from lifetimes import BetaGeoFitter
    from lifetimes.utils import ConvergenceError

    for penalty in PENALTIES:
        model = BetaGeoFitter(penalizer_coef=penalty)
        with suppress(ConvergenceError):
            model.fit(repeats, recency, age)
            count = model.conditional_expected_number_of_purchases_up_to_time(weeks, repeats, recency, age)
            rate = (model.params_["r"] + repeats) / (model.params_["alpha"] + age)
            return np.where(np.isfinite(count), np.asarray(count, dtype=float), rate * weeks)
    raise RuntimeError("BG/NBD converges with none of the penalties")


def gradient_boosting(visits: Visits, as_of: int, window: int) -> dict[str, Array]:
    """scikit-learn's regressor on recency, frequency and amounts, trained on the newest window before the as-of.

    Where the past is too short for a whole window with `LEAST_PAST` days before it, half of the past is the window, and
    the forecast is raised to the length wanted.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor

    past = as_of - int(visits.day.min())
    length = window if past >= window + LEAST_PAST else past // 2
    landmark = as_of - length
    trained, asked = visits.known(landmark), visits.known(as_of)
    labels = {"visits": visits.count(landmark, as_of)[trained], "amount": visits.total(landmark, as_of)[trained]}
    rows, wanted = _features(visits, trained, landmark), _features(visits, asked, as_of)
    result = {}
    for measure, label in labels.items():
        model = HistGradientBoostingRegressor(
            learning_rate=0.05, max_iter=150, max_leaf_nodes=15, min_samples_leaf=40, random_state=1
        ).fit(rows, label)
        result[measure] = np.maximum(model.predict(wanted), 0.0) * window / length
    return result


def _features(visits: Visits, known: Array, as_of: int) -> Array:
    first, last = visits.ends(as_of)
    count, total = visits.count(-1, as_of), visits.total(-1, as_of)
    recent = [visits.count(as_of - days, as_of) for days in RECENT_DAYS]
    amounts = [visits.total(as_of - days, as_of) for days in RECENT_DAYS]
    rate = count / np.maximum(as_of - first, 1)
    columns = [as_of - last, last - first, count, rate, total, total / np.maximum(count, 1), *recent, *amounts]
    return np.column_stack(columns).astype(float)[known]


PEERS = {"peer_bg_nbd_gamma_gamma": bg_nbd, "peer_gradient_boosting": gradient_boosting}


def main(source: str, target: str) -> None:
    """Forecast with every peer at every as-of."""
    warnings.simplefilter("ignore")  # of libraries that are no longer maintained
    with np.load(source, allow_pickle=False) as archive:
        size = np.diff(archive["offsets"])
        customer = np.repeat(np.arange(size.size), size)
        visits = Visits(customer, archive["day"].astype(np.int64), archive["amount"], size.size)
        as_ofs, window = archive["as_ofs"].tolist(), int(archive["window"])
    forecasts = {
        f"{name}/{measure}/{as_of}": values
        for as_of in as_ofs
        for name, peer in PEERS.items()
        for measure, values in peer(visits, as_of, window).items()
    }
    np.savez_compressed(target, **forecasts)


if __name__ == "__main__":
    main(*sys.argv[1:])
