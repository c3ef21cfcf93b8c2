"""Settings of the next-visit models."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from models.next_visit.recipes.classic.settings import ClassicSettings
from nightcast.errors import SettingsError
from nightcast.values import Bins


class NextVisitSettings(BaseModel):
    """The ``[next_visit]`` section: the bins to forecast, and how the network learns."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bin_edges_days: tuple[int, ...] = Field(
        (7, 14, 28, 56),
        description="Last day of each bin, counted from the as-of, which is day 1; after the last comes later.",
    )
    architecture: Literal["hazard", "interval_classifier", "multi_sequence"] = Field(
        "hazard",
        description="The network: hazards from the as-of on, or a class of the next interval, by one or more LSTMs.",
    )
    classic: ClassicSettings = Field(ClassicSettings(), description="What the other two architectures learn with.")
    look_back: int = Field(16, ge=1, le=256, description="How many of a customer's last intervals the network reads.")
    units: int = Field(12, ge=1, le=512, description="Size of the LSTM's state.")
    head_units: int = Field(
        32, ge=1, le=512, description="Size of the layer where the state meets the customer's summary."
    )
    dropout: float = Field(
        0.2, ge=0.0, lt=1.0, description="Share of that layer switched off at random while training."
    )
    members: int = Field(
        2, ge=1, le=16, description="Networks trained with different seeds; their probabilities are averaged."
    )
    epochs: int = Field(4, ge=1, le=1000, description="Times that each network sees every training row.")
    batch_size: int = Field(256, ge=1, le=65_536, description="Training rows per step.")
    learning_rate: float = Field(
        0.003, gt=0.0, le=1.0, description="Largest step size of Adam; it falls to zero over the training."
    )
    landmark_spacing_days: int = Field(7, ge=1, le=366, description="Days between two landmarks.")
    landmark_rows: int = Field(400_000, ge=100, le=20_000_000, description="Most training rows; more are sampled down.")
    minimum_rows: int = Field(800, ge=1, description="Fewest training rows with which the network is tried.")
    minimum_customers: int = Field(
        20, ge=1, description="Fewest customers in those rows with which the network is tried."
    )

    @field_validator("bin_edges_days")
    @classmethod
    def _edges_increase(cls, edges: tuple[int, ...]) -> tuple[int, ...]:
        try:
            Bins(edges)
        except SettingsError as error:
            raise ValueError(str(error)) from error
        if edges[-1] > 3660:
            raise ValueError("the last of bin_edges_days may be at most 3660, ten years.")
        if len(edges) > 100:
            raise ValueError("bin_edges_days may hold at most 100 edges.")
        return edges

    @property
    def bins(self) -> Bins:
        """The bins that the edges make."""
        return Bins(self.bin_edges_days)
