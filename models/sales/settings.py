"""Settings of the sales forecasts; ``"auto"`` follows the source's frequency."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Periods = Annotated[int, Field(ge=1, le=100_000)]
"""A number of periods."""


class SalesSettings(BaseModel):
    """The ``[sales]`` section."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    horizon: Annotated[int, Field(ge=1, le=1_000)] | Literal["auto"] = Field(
        "auto", description="Periods to forecast; auto: days 28, weeks 13, months 12, quarters 8, years 4."
    )
    season: Annotated[int, Field(ge=1, le=400)] | Literal["auto"] = Field(
        "auto", description="Periods after which a pattern repeats; auto: days 7, business days 5, weeks 52, months 12."
    )
    dead_after: Periods | Literal["auto"] = Field(
        "auto",
        description="Periods without a row, while the source itself goes on, after which a series has ended; "
        "auto: days 90, business days 65, weeks 26, months 12, quarters 4, years 2.",
    )
    negative: Literal["auto", "allow", "floor"] = Field(
        "auto", description="Forecasts below zero: allow, floor at 0, or auto: floor a series that was never negative."
    )
    look_back: Annotated[int, Field(ge=2, le=2_000)] | Literal["auto"] = Field(
        "auto", description="Periods that the network reads; auto: days 63, weeks 52, months 30, quarters 16, years 10."
    )
    minimum_observations: Periods | Literal["auto"] = Field(
        "auto",
        description="Known values from which on the network forecasts a series, seasonal naive below; "
        "auto: days 28, business days 20, weeks 26, months 18, quarters 8, years 6.",
    )
    origins: int = Field(3, ge=1, le=20, description="Past as-ofs on which the recipes are compared.")
    units: int = Field(48, ge=1, le=1_024, description="Cells of the LSTM.")
    steps: int = Field(400, ge=1, le=100_000, description="Training steps, each on one batch.")
    refit_steps: int = Field(
        200,
        ge=1,
        le=100_000,
        description="Further steps on all that is known, for the network that won the comparison.",
    )
    batch_size: int = Field(64, ge=1, le=8_192, description="Windows in a batch.")
    learning_rate: float = Field(0.003, gt=0, le=1, description="Of AdamW at the start; falls to 0 along a cosine.")
    maximum_windows: int = Field(
        16_384,
        ge=1,
        le=1_000_000,
        description="Windows prepared for a training, drawn with the seed when there are more.",
    )
    history: Periods | Literal["auto"] = Field(
        "auto", description="Periods kept before the last row; auto: days 1826, weeks 520, months 600, quarters 200."
    )
