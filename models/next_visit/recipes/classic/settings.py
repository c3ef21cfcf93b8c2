"""Settings of the two classic recipes, ``interval_classifier`` and ``multi_sequence``."""

from __future__ import annotations

import itertools
from typing import Annotated

from pydantic import AfterValidator, Field

from nightcast.validation import Section

Units = Annotated[int, Field(ge=1, le=512)]


def _increasing(edges: tuple[int, ...]) -> tuple[int, ...]:
    if any(low >= high for low, high in itertools.pairwise(edges)):
        raise ValueError("the edges must increase")
    return edges


EdgesDays = Annotated[
    tuple[Annotated[int, Field(ge=1, le=3660)], ...], Field(min_length=1, max_length=100), AfterValidator(_increasing)
]
"""Bounds in days, up to ten years, each above the last."""


class ClassicSettings(Section):
    """The ``[next_visit.classic]`` section: networks that classify a customer's next interval; `tune` searches it."""

    look_back: int = Field(3, ge=1, le=256, description="How many of a customer's last intervals are read.")
    interval_edges_days: EdgesDays = Field(
        (40, 60, 80, 100),
        description="Where the classes of the next interval begin, after the one from 0 days on; the last is open.",
    )
    units: tuple[Units, ...] = Field(
        (32, 32), min_length=1, max_length=8, description="Sizes of the stacked LSTM layers, the lowest first."
    )
    dense_units: tuple[Units, ...] = Field(
        (32,), max_length=8, description="Sizes of the dense layers between the LSTM layers and the softmax."
    )
    dropout: float = Field(0.2, ge=0.0, lt=1.0, description="Share of each LSTM layer's output dropped in training.")
    epochs: int = Field(10, ge=1, le=1000, description="Times that the network sees every training window.")
    learning_rate: float = Field(0.002, gt=0.0, le=1.0, description="Step size of RMSprop.")
