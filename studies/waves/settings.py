"""The study file of a study of several series, forecast many steps ahead."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from nightcast.validation import Section
from studies.settings import Configuration, Name, StudySettings
from studies.waves.sources import SeriesSettings

METRICS = ("train_mae", "test_mae", "test_rmse")
"""Mean absolute errors of both parts, and the root mean squared error of the test part, in the units of the series."""


class Split(Section):
    """The ``[split]`` section."""

    train: Annotated[int, Field(ge=2)] | Annotated[float, Field(gt=0, lt=1)] = Field(
        0.8, description="Values of the training part, a number or a share; the others are the test part."
    )


class WindowSettings(Section):
    """The ``[windows]`` section."""

    look_back: int = Field(200, ge=1, le=10_000, description="Values that a network reads.")
    horizon: int = Field(20, ge=1, le=1_000, description="Values that it forecasts.")


class WavesConfiguration(Configuration):
    """A network and its training; or the trend alone, as a baseline."""

    model: Literal["seq2seq", "seq2seq_luong", "trend"]
    degree: int = Field(1, ge=0, le=5, description="Degree of the polynomial trend that is subtracted.")
    units: int = Field(32, ge=1, le=1_024, description="Cells of the encoder, and of the decoder.")
    epochs: int = Field(100, ge=1, le=100_000)
    batch_size: int = Field(
        83, ge=1, le=100_000, description="Best a divisor of the training samples: small batches disturb normalisation."
    )
    learning_rate: float = Field(0.001, gt=0, le=1, description="Of Adam.")
    clip_norm: float = Field(1.0, gt=0, description="Largest norm of the gradient of a weight.")
    momentum: float = Field(0.6, ge=0, lt=1, description="Momentum of the moving averages of batch normalisation.")


class Settings(StudySettings):
    """A study file of the kind ``waves``."""

    kind: Literal["waves"]
    metric: Name = Field("test_mae", description="train_mae, test_mae or test_rmse.")
    series: SeriesSettings
    split: Split = Split()
    windows: WindowSettings = WindowSettings()
    configurations: tuple[WavesConfiguration, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        self.check(dict.fromkeys((each.name for each in self.configurations), METRICS))
        return self
