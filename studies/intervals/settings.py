"""The study file of a study of customers' next visits."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from models.next_visit.recipes.classic.settings import EdgesDays, Units
from nightcast.validation import Section
from studies.intervals.sources import Source
from studies.settings import Configuration, Name, StudySettings

LookBack = Annotated[int, Field(ge=1, le=64)]
"""Intervals in the window of a forecast."""

METRICS = {
    "interval_classifier": ("train_error", "test_error", "train_log_loss", "test_log_loss"),
    "interval_number": ("train_error", "test_error", "train_mae", "test_mae"),
    "most_frequent_bin": ("train_error", "test_error", "train_log_loss", "test_log_loss"),
}
"""The metrics of each model: the share of wrong bins, the log loss of the bins, the mean absolute error in days."""


class WindowSettings(Section):
    """The ``[windows]`` section: the intervals to forecast, and their bins."""

    edges_days: EdgesDays = Field(
        (40, 60, 80, 100), description="First days of the bins after the first, which begins at 0."
    )
    intervals_before: LookBack = Field(
        3, description="Earlier intervals that an interval to forecast needs; a longer look-back is padded."
    )
    test_share: float = Field(0.2, gt=0, lt=1, description="Share of the test windows, drawn at random.")
    most: int = Field(60_000, ge=1, le=10_000_000, description="Most windows; of more, evenly spaced ones are used.")


class MostFrequentBin(Configuration):
    """The most frequent bin of the training windows; the shares of the bins there are its probabilities."""

    model: Literal["most_frequent_bin"]


class NetworkConfiguration(Configuration):
    """LSTM layers under dense layers, with a softmax over the bins, or a number of days, which is put into a bin."""

    model: Literal["interval_classifier", "interval_number"]
    look_back: LookBack | Literal["validated"] = Field(
        3, description="Intervals in the window; validated: each repeat chooses the best candidate."
    )
    candidates: tuple[LookBack, ...] = Field((1, 2, 3, 5), min_length=1, description="For a validated look_back.")
    validation_share: float = Field(
        0.2, gt=0, lt=1, description="Share of the training windows that validate the candidates."
    )
    units: tuple[Units, ...] = Field(
        (8, 8), min_length=1, max_length=8, description="Units of the LSTM layers, lowest first."
    )
    dense_units: tuple[Units, ...] = Field(
        (8,), max_length=8, description="Units of the dense layers below the output."
    )
    dropout: float = Field(0.2, ge=0, lt=1, description="Share of each LSTM layer's output that training drops.")
    epochs: int = Field(10, ge=1, le=10_000)
    batch_size: int = Field(100, ge=1, le=65_536, description="Windows in a training step.")
    learning_rate: float = Field(0.001, gt=0, le=1, description="Of RMSprop.")

    @property
    def look_backs(self) -> tuple[int, ...]:
        """The look-backs that are trained."""
        return self.candidates if self.look_back == "validated" else (self.look_back,)


AnyConfiguration = Annotated[NetworkConfiguration | MostFrequentBin, Field(discriminator="model")]


class Settings(StudySettings):
    """A study file of the kind ``intervals``."""

    kind: Literal["intervals"]
    metric: Name = Field("test_error", description="train_ or test_ error, log_loss, or mae for interval_number.")
    repeats: int = Field(
        30, ge=1, le=10_000, description="Each has its own first weights, and its own split into training and test."
    )
    visits: Source
    windows: WindowSettings = WindowSettings()
    configurations: tuple[AnyConfiguration, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        self.check({each.name: METRICS[each.model] for each in self.configurations})
        return self
