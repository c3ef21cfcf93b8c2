"""What the file of a study of customers' next visits says."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from models.next_visit.recipes.classic.settings import Units
from studies.intervals.sources import Source
from studies.settings import Configuration, Name, Section, StudySettings

LookBack = Annotated[int, Field(ge=1, le=64)]
"""Intervals that a forecast is made from."""

METRICS = {
    "interval_classifier": ("train_error", "test_error", "train_log_loss", "test_log_loss"),
    "interval_number": ("train_error", "test_error", "train_mae", "test_mae"),
    "most_frequent_bin": ("train_error", "test_error", "train_log_loss", "test_log_loss"),
}
"""What each model is measured by: the share of wrong bins, the log loss of the bins' probabilities, the days missed."""


class WindowSettings(Section):
    """The ``[windows]`` section: which intervals are forecast, and how their days become bins."""

    edges_days: tuple[Annotated[int, Field(ge=1, le=3660)], ...] = Field(
        (40, 60, 80, 100), min_length=1, description="Where the bins begin, after the one from 0 on; the last is open."
    )
    intervals_before: LookBack = Field(
        3, description="Intervals that come before one that is forecast; a longer look-back is padded with zeros."
    )
    test_share: float = Field(0.2, gt=0, lt=1, description="Share of the windows that is tested, drawn at random.")
    most: int = Field(60_000, ge=1, le=10_000_000, description="Most windows; more are sampled down evenly.")

    @field_validator("edges_days")
    @classmethod
    def _edges_rise(cls, edges: tuple[int, ...]) -> tuple[int, ...]:
        if any(low >= high for low, high in itertools.pairwise(edges)):
            raise ValueError("edges_days needs whole days, each above the last")
        return edges


class MostFrequentBin(Configuration):
    """Always the most frequent bin of the training windows; as probabilities, the share of each bin there."""

    model: Literal["most_frequent_bin"]


class NetworkConfiguration(Configuration):
    """Stacked LSTM layers under dense ones: a softmax over the bins, or the days as a number that is binned."""

    model: Literal["interval_classifier", "interval_number"]
    look_back: LookBack | Literal["validated"] = Field(
        3, description="Intervals that are read; validated: the best of the candidates, chosen in each repeat."
    )
    candidates: tuple[LookBack, ...] = Field((1, 2, 3, 5), min_length=1, description="Where look_back is validated.")
    validation_share: float = Field(
        0.2, gt=0, lt=1, description="Share of the training windows that candidates are compared on."
    )
    units: tuple[Units, ...] = Field((8, 8), min_length=1, max_length=8, description="Of the LSTMs, lowest first.")
    dense_units: tuple[Units, ...] = Field((8,), max_length=8, description="Of the dense layers below the last.")
    dropout: float = Field(0.2, ge=0, lt=1, description="Share of each LSTM's output that training drops.")
    epochs: int = Field(10, ge=1, le=10_000)
    batch_size: int = Field(100, ge=1, le=65_536, description="Training windows of a step.")
    learning_rate: float = Field(0.001, gt=0, le=1, description="Of RMSprop.")

    @property
    def look_backs(self) -> tuple[int, ...]:
        """Those that are trained."""
        return self.candidates if self.look_back == "validated" else (self.look_back,)


AnyConfiguration = Annotated[NetworkConfiguration | MostFrequentBin, Field(discriminator="model")]


class Settings(StudySettings):
    """A study file of the kind ``intervals``."""

    kind: Literal["intervals"]
    metric: Name = Field("test_error", description="train_ or test_ error, log_loss or, of a number, mae in days.")
    repeats: int = Field(
        30, ge=1, le=10_000, description="Each has weights, and a split into train and test, of its own."
    )
    visits: Source
    windows: WindowSettings = WindowSettings()
    configurations: tuple[AnyConfiguration, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        self.check(self.configurations)
        models = {configuration.name: configuration.model for configuration in self.configurations}
        if not any(self.metric in METRICS[model] for model in models.values()):
            raise ValueError(f"no configuration is measured by {self.metric!r}; {_known(models)}")
        for claim in self.claims:
            first = claim.first_metric or self.metric
            for name, metric in ((claim.first, first), (claim.second, claim.second_metric or first)):
                if name is not None and metric not in METRICS[models[name]]:
                    raise ValueError(
                        f"the claim {claim.text!r} needs {metric!r} of {name!r}; {_known({name: models[name]})}"
                    )
        return self


def _known(models: Mapping[str, str]) -> str:
    return "; ".join(f"{name!r} has {', '.join(METRICS[model])}" for name, model in models.items())
