"""Settings of the sales forecasts; ``"auto"`` follows the source's frequency."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator

from nightcast.errors import SettingsError

Network = Literal["seasonal_lstm", "lstm", "seq2seq", "seq2seq_luong"]
Local = Literal["lstm_local"]
Statistical = Literal["auto_ets", "theta", "auto_arima", "croston", "tsb", "adida"]
NETWORKS: tuple[str, ...] = get_args(Network)
LOCAL: tuple[str, ...] = get_args(Local)
STATISTICAL: tuple[str, ...] = get_args(Statistical)
Recipe = Network | Local | Statistical | Literal["seasonal_naive"]
"""The recipes that a user may name."""

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
    models: Annotated[tuple[Recipe, ...], Field(min_length=1)] | Literal["auto"] = Field(
        "auto",
        description="Recipes that take part, seasonal naive always among them: networks (seasonal_lstm, lstm, seq2seq, "
        "seq2seq_luong), a small LSTM for each series by itself (lstm_local) and statistical models (auto_ets, theta, "
        "auto_arima, croston, tsb, adida); auto: seasonal_lstm with auto_ets and theta, or with croston and tsb for "
        "intermittent series.",
    )
    maximum_statistical_series: int = Field(
        1_000,
        ge=0,
        le=10_000_000,
        description="Series up to which auto takes statistical models, which are fitted to each of them every night.",
    )
    origins: int = Field(3, ge=1, le=20, description="Past as-ofs on which the recipes are compared.")
    preparation: tuple[str, ...] = Field(
        (),
        description="What is done to series before lstm, seq2seq or seq2seq_luong reads them, in this order: "
        "logarithm, detrend, detrend_2, difference, seasonal_difference, seasonal_adjust, range_scale, maximum_scale, "
        "mean_scale.",
    )
    framing: Literal["time_steps", "window", "regression"] = Field(
        "time_steps",
        description="What the network lstm reads: each patch of the look-back as a time step, all of it as one time "
        "step, or the latest patch alone.",
    )
    layers: int = Field(1, ge=1, le=8, description="LSTMs on top of each other in the network lstm.")
    stateful: bool = Field(
        False, description="Whether the network lstm carries its state from each window of a series to the next."
    )
    members: int = Field(3, ge=1, le=32, description="Networks trained side by side, whose median is the forecast.")
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
    country: str | None = Field(
        None,
        description="Public holidays of this country as inputs that are known ahead: its ISO 3166 code, 'GB' or "
        "'GB-ENG'.",
    )
    history: Periods | Literal["auto"] = Field(
        "auto", description="Periods kept before the last row; auto: days 1826, weeks 520, months 600, quarters 200."
    )

    @field_validator("preparation")
    @classmethod
    def _known_preparation(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        from models.sales.recipes.preparation.names import build

        try:
            build(names, 2)
        except SettingsError as error:
            raise ValueError(str(error)) from error
        return names
