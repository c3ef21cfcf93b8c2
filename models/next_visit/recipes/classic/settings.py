"""Settings of the two classic recipes, ``interval_classifier`` and ``multi_sequence``."""

from __future__ import annotations

import itertools
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

Units = Annotated[int, Field(ge=1, le=512)]


class ClassicSettings(BaseModel):
    """The ``[next_visit.classic]`` section: networks that classify a customer's next interval; `tune` searches it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    look_back: int = Field(3, ge=1, le=256, description="How many of a customer's last intervals are read.")
    interval_edges_days: tuple[int, ...] = Field(
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

    @field_validator("interval_edges_days")
    @classmethod
    def _edges_increase(cls, edges: tuple[int, ...]) -> tuple[int, ...]:
        if not edges or edges[0] < 1 or any(a >= b for a, b in itertools.pairwise(edges)):
            raise ValueError("interval_edges_days needs whole days of at least 1, each above the last.")
        if edges[-1] > 3660:
            raise ValueError("the last of interval_edges_days may be at most 3660, ten years.")
        if len(edges) > 100:
            raise ValueError("interval_edges_days may hold at most 100 edges.")
        return edges
