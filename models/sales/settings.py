"""Settings of the sales forecasts; ``"auto"`` follows the source's frequency."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from nightcast.validation import Section

ClassicName = Literal["lstm", "seq2seq", "seq2seq_luong"]
StatisticalName = Literal["auto_ets", "theta", "auto_arima", "croston", "tsb", "adida"]
BatchName = Literal["combination", "smoothing", "count"]
RecipeName = (
    Literal["seasonal_naive", "seasonal_lstm", "gradient_boosting", "poisson_boosting", "effects", "lstm_local"]
    | BatchName
    | ClassicName
    | StatisticalName
)
"""The recipes that a user may name."""

PreparationName = Literal[
    "logarithm",
    "detrend",
    "detrend_2",
    "difference",
    "seasonal_difference",
    "seasonal_adjust",
    "range_scale",
    "maximum_scale",
    "mean_scale",
]
CLASSIC: tuple[str, ...] = get_args(ClassicName)
BATCH: tuple[str, ...] = get_args(BatchName)
STATISTICAL: tuple[str, ...] = get_args(StatisticalName)
PREPARATIONS: tuple[str, ...] = get_args(PreparationName)

Periods = Annotated[int, Field(ge=1, le=100_000)]
"""A number of periods."""


SpanName = Literal["to the end of the month", "to the end of next month", "to the end of the year"]
"""A horizon that ends on a date: the number of steps depends on the as-of."""


class NetworkSettings(Section):
    """The ``[sales.network]`` section: size and training of the networks; ``nightcast tune`` searches it."""

    units: int = Field(48, ge=1, le=1_024, description="Cells of each LSTM.")
    members: int = Field(2, ge=1, le=32, description="Networks trained side by side; the forecast is their median.")
    steps: int = Field(300, ge=1, le=100_000, description="Training steps of each member, one batch each.")
    learning_rate: float = Field(
        0.003, gt=0, le=1, description="Of AdamW at the first step; falls to 0 along a cosine."
    )


class ClassicSettings(Section):
    """The ``[sales.classic]`` section: what only the tutorials' networks lstm, seq2seq and seq2seq_luong have."""

    preparation: tuple[PreparationName, ...] = Field(
        (),
        description="How series are transformed before a classic network reads them, in this order: logarithm, "
        "detrend, detrend_2, difference, seasonal_difference, seasonal_adjust, range_scale, maximum_scale, mean_scale.",
    )
    framing: Literal["time_steps", "window", "regression"] = Field(
        "time_steps",
        description="What lstm reads: each patch of the look-back as a time step, the whole look-back as one time "
        "step, or only the latest patch.",
    )
    layers: int = Field(1, ge=1, le=8, description="Stacked LSTM layers of lstm.")
    stateful: bool = Field(False, description="Whether lstm carries its state from one window of a series to the next.")


class SalesSettings(Section):
    """The ``[sales]`` section."""

    horizon: Annotated[int, Field(ge=1, le=1_000)] | Literal["auto"] | SpanName = Field(
        "auto",
        description="Periods to forecast; auto: days 28, weeks 13, months 12, quarters 8, years 4. Or until when: "
        "to the end of the month, to the end of next month, to the end of the year.",
    )
    season: Annotated[int, Field(ge=1, le=400)] | Literal["auto"] = Field(
        "auto", description="Periods after which a pattern repeats; auto: days 7, business days 5, weeks 52, months 12."
    )
    dead_after: Periods | Literal["auto"] = Field(
        "auto",
        description="Periods without a row, while other series go on, after which a series has ended; "
        "auto: days 90, business days 65, weeks 26, months 12, quarters 4, years 2.",
    )
    negative: Literal["auto", "allow", "floor"] = Field(
        "auto", description="Forecasts below zero: allow, floor at 0, or auto: floor a series that was never negative."
    )
    look_back: Annotated[int, Field(ge=2, le=2_000)] | Literal["auto"] = Field(
        "auto", description="Periods that networks read; auto: days 63, weeks 52, months 30, quarters 16, years 10."
    )
    recipes: Annotated[tuple[RecipeName, ...], Field(min_length=1)] | Literal["auto"] = Field(
        "auto",
        description="Recipes that take part, seasonal_naive always among them: the default network seasonal_lstm, "
        "boosted trees (gradient_boosting, and poisson_boosting for small counts), exponential smoothing of all series "
        "at once (smoothing, and effects with covariates), a mean of simple methods (combination), rates of counts "
        "(count), a small LSTM for each series (lstm_local), the classic networks (lstm, seq2seq, seq2seq_luong) and "
        "statistical models of one series after the other (auto_ets, theta, auto_arima, croston, tsb, adida); auto: "
        "seasonal_lstm, gradient_boosting, combination, smoothing, effects where there are covariates, and count and "
        "poisson_boosting where there are small counts.",
    )
    country: str | None = Field(
        None,
        description="Public holidays of this country are known ahead, to sales, to visits per day and to dates of next "
        "visits: its ISO 3166 code, 'GB' or 'GB-ENG'.",
    )
    network: NetworkSettings = NetworkSettings()
    classic: ClassicSettings = ClassicSettings()
