"""What a study of several series, forecast many steps ahead, says beside what every study says."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from studies.settings import Configuration, Name, Section, StudySettings

METRICS = ("train_mae", "test_mae", "test_rmse")
"""Mean absolute errors in both parts, and the root of the mean square in the test part, in the units of the series."""

Coefficients = Annotated[tuple[float, ...], Field(max_length=6)]
"""Of a polynomial in the index of a value, from 0, the lowest power first."""

Period = Annotated[float, Field(ge=2)]
"""Values after which a wave repeats."""


class SeriesSettings(Section):
    """The ``[series]`` section: columns of a file, or waves that are generated.

    Each generated series is ``amplitude sin(2 pi t / period) + trend(t) + noise``, the noise normal and independent.
    """

    file: str | None = Field(None, min_length=1, description="A CSV file, relative to the study file.")
    columns: tuple[Name, ...] = Field((), description="Of the file: one for each series.")
    period: Name | None = Field(None, description="The file's column of dates, which must rise; none: rows in order.")
    generate: Literal["noisy_waves"] | None = Field(None, description="In place of a file.")
    length: int = Field(1_000, ge=10, le=1_000_000, description="Values of each generated series.")
    amplitudes: tuple[float, ...] = Field((20.0, 15.0), min_length=1, description="Of each generated wave.")
    periods: tuple[Period, ...] = Field((40.0, 25.0), description="Of each generated wave.")
    trends: tuple[Coefficients, ...] = Field(((0.0, 0.08), (0.0, 0.02, 0.00008)), description="Of each wave.")
    noise: float = Field(6.75, ge=0, description="Standard deviation of the generated noise.")
    seed: int = Field(1, ge=0, description="Of the generated noise.")

    @model_validator(mode="after")
    def _file_or_waves(self) -> Self:
        if (self.file is None) == (self.generate is None):
            raise ValueError("give either file, or generate")
        if (self.file is None) != (not self.columns):
            raise ValueError("give columns, the names of those to read, with file and only with it")
        if not len(self.amplitudes) == len(self.periods) == len(self.trends):
            raise ValueError("give as many amplitudes as periods and trends, one for each series")
        return self


class Split(Section):
    """The ``[split]`` section."""

    train: Annotated[int, Field(ge=2)] | Annotated[float, Field(gt=0, lt=1)] = Field(
        0.8, description="The first values, a number or a share, which alone are learned from."
    )


class WindowSettings(Section):
    """The ``[windows]`` section."""

    look_back: int = Field(200, ge=1, le=10_000, description="Values that are read.")
    horizon: int = Field(20, ge=1, le=1_000, description="Values that are forecast.")


class WavesConfiguration(Configuration):
    """A network and how it learns; or the trend alone, as what a network has to beat."""

    model: Literal["seq2seq", "seq2seq_luong", "trend"]
    degree: int = Field(1, ge=0, le=5, description="Of the polynomial trend that is taken off.")
    units: int = Field(32, ge=1, le=1_024, description="Cells of the encoder, and of the decoder.")
    epochs: int = Field(100, ge=1, le=100_000)
    batch_size: int = Field(
        83, ge=1, le=100_000, description="Best a divisor of the training samples: a small last batch blurs the norms."
    )
    learning_rate: float = Field(0.001, gt=0, le=1, description="Of Adam.")
    clip_norm: float = Field(1.0, gt=0, description="Largest norm of the gradient of each weight.")
    momentum: float = Field(0.6, ge=0, lt=1, description="Of the moving averages in batch normalisation.")


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
        self.check(self.configurations)
        named = {self.metric, *(metric for each in self.configurations for metric in each.published)}
        named |= {metric for claim in self.claims for metric in (claim.first_metric, claim.second_metric) if metric}
        unknown = sorted(named.difference(METRICS))
        if unknown:
            raise ValueError(f"there is no metric {unknown[0]!r}, only {', '.join(map(repr, METRICS))}")
        return self
