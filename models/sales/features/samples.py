"""Samples of series, where a measurement on all of them would take too long."""

from __future__ import annotations

import numpy as np

from models.common.arrays import Integers

SEED = 1
"""The same series are drawn on every night, as long as there are as many."""


def evenly_spread(count: int, most: int) -> Integers:
    """At most so many places of `count` series, ascending: one by chance of each of as many equal stretches.

    Every third series would be the same article of every store where three articles stand in the same order in each.
    """
    if count <= most:
        return np.arange(count)
    bounds = np.arange(most + 1) * count // most
    return np.asarray(np.random.default_rng(SEED).integers(bounds[:-1], bounds[1:]))
