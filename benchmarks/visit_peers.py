"""Forecasts of next visits by other methods; runs in an environment of its own (``make bench-peers``).

Reads an archive with ``offsets`` and ``day`` (visit days, customer after customer), ``as_ofs`` and ``edges``. Writes
one with ``<peer>/<as-of>``, the probabilities (customers, bins) of all customers known then, and
``<peer>/<as-of>/seconds``. It imports nothing from the program, so that both share no mistake.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

SPACING = 14
MOST_ROWS = 120_000
LAST_INTERVALS = 8
WINDOWS = (14, 28, 56, 112, 182, 364)
Array = Any


@dataclass
class Visits:
    """Visit days of all customers, and the customer of each."""

    offsets: Array
    day: Array
    edges: Array

    def positions(self, customer: Array, day: Array) -> Array:
        """The position of each customer's first visit day from `day` on."""
        width = int(self.day.max()) + 2
        owner = np.repeat(np.arange(self.offsets.size - 1), np.diff(self.offsets))
        return np.searchsorted(owner * width + self.day, customer * width + np.minimum(day, width - 1))

    def known(self, as_of: int) -> tuple[Array, Array]:
        """The customers known at `as_of`, and the position of their first visit day from then on."""
        everyone = np.arange(self.offsets.size - 1)
        end = self.positions(everyone, np.full(everyone.size, as_of))
        known = end > self.offsets[:-1]
        return everyone[known], end[known]

    def observed(self, customer: Array, end: Array, as_of: int) -> Array:
        """The bin of each customer's next visit day, from 0 on."""
        returned = end < self.offsets[customer + 1]
        wait = np.where(returned, self.day[np.minimum(end, self.day.size - 1)] - as_of + 1, self.edges[-1] + 1)
        return np.searchsorted(self.edges, wait)

    def landmarks(self, as_of: int) -> list[int]:
        """Past days whose whole horizon had been seen at `as_of`."""
        return list(range(as_of - int(self.edges[-1]), int(self.day.min()), -SPACING))

    def features(self, customer: Array, end: Array, as_of: int) -> Array:
        """Elapsed time, visit days and intervals; no age, which is greater at the as-of than at any landmark."""
        first, last = self.day[self.offsets[customer]], self.day[end - 1]
        count, elapsed = end - self.offsets[customer], as_of - last
        gaps = self._intervals(customer, end)
        mean = np.where(count > 1, (last - first) / np.maximum(count - 1, 1), np.nan)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about medians of nothing, which are NaN
            middle, spread = np.nanmedian(gaps, axis=1), np.nanstd(gaps, axis=1)
        windows = [end - self.positions(customer, np.full(customer.size, as_of - days)) for days in WINDOWS]
        ratios = [elapsed / np.maximum(mean, 1.0), elapsed / np.maximum(middle, 1.0)]
        return np.column_stack([elapsed, count, mean, middle, spread, *ratios, gaps[:, :3], *windows]).astype(float)

    def _intervals(self, customer: Array, end: Array) -> Array:
        """The newest intervals, newest first; NaN where there is none."""
        back = np.arange(1, LAST_INTERVALS + 1)
        there = (end - self.offsets[customer])[:, None] > back
        ending = np.where(there, end[:, None] - back, end[:, None] - 1)
        return np.where(there, self.day[ending] - self.day[np.where(there, ending - 1, ending)], np.nan)


def marginal(visits: Visits, as_of: int) -> Array:
    """The bins' shares at the newest landmark whose horizon was over."""
    landmark = visits.landmarks(as_of)[0]
    customer, end = visits.known(landmark)
    count = np.bincount(visits.observed(customer, end, landmark), minlength=visits.edges.size + 1) + 1.0
    return np.tile(count / count.sum(), (visits.known(as_of)[0].size, 1))


def _training(visits: Visits, as_of: int) -> tuple[Array, Array]:
    rows, labels = [], []
    for landmark in visits.landmarks(as_of):
        customer, end = visits.known(landmark)
        rows.append(visits.features(customer, end, landmark))
        labels.append(visits.observed(customer, end, landmark))
    features, label = np.concatenate(rows), np.concatenate(labels)
    step = max(1, -(-label.size // MOST_ROWS))
    return features[::step], label[::step]


def count_table(visits: Visits, as_of: int) -> Array:
    """Shares by elapsed time, visit days and elapsed over mean interval; each finer cell is shrunk to the coarser."""
    features, label = _training(visits, as_of)
    asked = visits.features(*visits.known(as_of), as_of)
    bins = visits.edges.size + 1
    share = np.bincount(label, minlength=bins) / label.size
    shares = np.tile(share, (len(asked), 1))
    places, wanted = _cells(features), _cells(asked)
    for depth in range(1, 4):
        cell, ask = places[depth - 1], wanted[depth - 1]
        size = int(max(cell.max(), ask.max())) + 1
        counts = np.bincount(cell * bins + label, minlength=size * bins).reshape(size, bins)[ask]
        shares = (counts + 20.0 * shares) / (counts.sum(axis=1, keepdims=True) + 20.0)
    return shares


def _cells(features: Array) -> list[Array]:
    elapsed = np.digitize(features[:, 0], [4, 8, 15, 29, 57, 92, 183, 365])
    count = np.digitize(features[:, 1], [2, 3, 5, 9, 17])
    over_mean = features[:, 5]
    ratio = np.where(np.isnan(over_mean), 6, np.digitize(np.nan_to_num(over_mean), [0.3, 0.7, 1.2, 2, 4]))
    return [elapsed, elapsed * 6 + count, (elapsed * 6 + count) * 7 + ratio]


def gradient_boosting(visits: Visits, as_of: int) -> Array:
    """scikit-learn's HistGradientBoostingClassifier on the interval features of landmarks every 14 days."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    features, label = _training(visits, as_of)
    model = HistGradientBoostingClassifier(
        learning_rate=0.05,
        max_iter=100,
        max_leaf_nodes=7,
        min_samples_leaf=200,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=1,
    ).fit(features, label)
    asked = visits.features(*visits.known(as_of), as_of)
    result = np.full((len(asked), visits.edges.size + 1), 1e-6)
    result[:, model.classes_] = np.maximum(model.predict_proba(asked), 1e-6)
    return result / result.sum(axis=1, keepdims=True)


def bg_nbd(visits: Visits, as_of: int) -> Array:
    """The BG/NBD model of lifetimes, and the probabilities of a return by its parameters."""
    from lifetimes import BetaGeoFitter

    return _returns(visits, as_of, BetaGeoFitter)


def pareto_nbd(visits: Visits, as_of: int) -> Array:
    """The Pareto/NBD model of lifetimes, and the probabilities of a return by its parameters."""
    from lifetimes import ParetoNBDFitter

    return _returns(visits, as_of, ParetoNBDFitter)


def _returns(visits: Visits, as_of: int, fitter: Any) -> Array:
    """P(alive) * (1 - ((alpha + T) / (alpha + T + h))^(r + x)), differenced over the edges, in weeks."""
    customer, end = visits.known(as_of)
    first = visits.day[visits.offsets[customer]]
    repeats = (end - visits.offsets[customer] - 1).astype(float)
    recency, age = (visits.day[end - 1] - first) / 7.0, (as_of - first) / 7.0
    model = fitter(penalizer_coef=1e-4)
    model.fit(repeats, recency, age)
    alive = np.clip(np.asarray(model.conditional_probability_alive(repeats, recency, age)), 0.0, 1.0)
    r, alpha = model.params_["r"], model.params_["alpha"]
    ends = [alive * (1 - ((alpha + age) / (alpha + age + edge / 7.0)) ** (r + repeats)) for edge in visits.edges]
    cumulated = np.column_stack([np.zeros(age.size), *ends, np.ones(age.size)])
    shares = np.maximum(np.diff(cumulated, axis=1), 1e-9)
    return shares / shares.sum(axis=1, keepdims=True)


PEERS: dict[str, Callable[[Visits, int], Array]] = {
    "marginal": marginal,
    "peer_count_table": count_table,
    "peer_bg_nbd": bg_nbd,
    "peer_pareto_nbd": pareto_nbd,
    "peer_gradient_boosting": gradient_boosting,
}
LEARNING = (marginal, count_table, gradient_boosting)
"""The peers that learn from landmarks; where none was seen whole, every bin is as likely as any other."""


def forecast(peer: Callable[[Visits, int], Array], visits: Visits, as_of: int) -> Array:
    """The forecast of a peer, if it has something to learn from."""
    if peer in LEARNING and not visits.landmarks(as_of):
        bins = visits.edges.size + 1
        return np.full((visits.known(as_of)[0].size, bins), 1.0 / bins)
    return peer(visits, as_of)


def main(source: str, target: str) -> None:
    """Forecast with every peer at every as-of."""
    warnings.simplefilter("ignore")  # of libraries that are no longer maintained
    with np.load(source, allow_pickle=False) as archive:
        visits = Visits(archive["offsets"], archive["day"].astype(np.int64), archive["edges"])
        as_ofs = archive["as_ofs"].tolist()
    forecasts: dict[str, Array] = {}
    for as_of in as_ofs:
        for name, peer in PEERS.items():
            begin = time.perf_counter()
            forecasts[f"{name}/{as_of}"] = forecast(peer, visits, as_of)
            forecasts[f"{name}/{as_of}/seconds"] = np.array(time.perf_counter() - begin)
    np.savez_compressed(target, **forecasts)


if __name__ == "__main__":
    main(*sys.argv[1:])
