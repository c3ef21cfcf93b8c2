"""The rows that the trees read: one for each step of each window, as differences to the mean of its last seasons."""

from __future__ import annotations

import numpy as np

from models.common.arrays import Floats, Integers, Singles
from models.sales.data.lengths import Lengths
from models.sales.features.inputs import LATEST, Inputs
from models.sales.features.reading import Reading

REFERENCE = LATEST
"""The place of the candidate that a row is compared with: the mean at its position of the last seasons."""


def reference_of(inputs: Inputs) -> Singles:
    """What each step is compared with, on the curved scale, (n, H)."""
    return inputs.candidates[:, :, REFERENCE]


def rows_of(reading: Reading, inputs: Inputs, window: Integers, step: Integers) -> Singles:
    """The values of rows, (r, columns).

    They are the candidates, the calendar, the covariates, the distance and the spread, as networks read them; means of
    the recent past; and what the covariates were at the same position of the last seasons.

    Args:
        reading: How the windows were read.
        inputs: Of n windows.
        window: The window of each row, (r,).
        step: The step of each row, from 0, (r,).
    """
    lengths, covariates = reading.lengths, reading.covariates
    candidates, reference = inputs.candidates[window, step], reference_of(inputs)[window, step, None]
    past = inputs.past.reshape(len(inputs.past), lengths.look_back, -1)
    recent, seasonal = _recent(past, lengths.season)[window], _seasonal(past, lengths, covariates)
    recent[:, :3] -= reference
    parts = [candidates - reference, reference, recent, inputs.steps[window, step]]
    return np.concatenate([*parts, seasonal[window, step % seasonal.shape[1]]], axis=1)


def _recent(past: Singles, season: int) -> Singles:
    """Means over the last season, half of the look-back and all of it; the known share; the spread, (n, 5)."""
    value, known, back = past[:, :, 0], past[:, :, 1], past.shape[1]
    means = [_mean(value[:, -length:], known[:, -length:]) for length in (season, -(-back // 2), back)]
    return np.stack([*means, known.mean(axis=1), (value * known).std(axis=1)], axis=1)


def _mean(value: Singles, known: Singles) -> Floats:
    return np.asarray((value * known).sum(axis=1) / np.maximum(known.sum(axis=1), 1))


def _seasonal(past: Singles, lengths: Lengths, covariates: int) -> Singles:
    """The mean of each covariate at each position of the last `LATEST` seasons, (n, season or 1, covariates)."""
    columns = past[:, :, past.shape[2] - covariates :]
    seasons = min(LATEST, lengths.look_back // lengths.season)
    if not seasons:
        return np.asarray(columns.mean(axis=1, keepdims=True))
    recent = columns[:, -seasons * lengths.season :]
    return np.asarray(recent.reshape(len(past), seasons, lengths.season, covariates).mean(axis=1))
