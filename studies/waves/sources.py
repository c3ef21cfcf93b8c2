"""The source of a study's series: a file, or generated waves."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from nightcast.validation import Section
from studies.settings import Name

Coefficients = Annotated[tuple[float, ...], Field(max_length=6)]
"""Coefficients of a polynomial in the index of a value, counted from 0; the lowest power first."""

Period = Annotated[float, Field(ge=2)]
"""Values after which a wave repeats itself."""


class SeriesSettings(Section):
    """The ``[series]`` section: columns of a file, or waves that are generated.

    Each generated series is ``amplitude sin(2 pi t / period) + trend(t) + noise``, the noise normal and independent.
    """

    file: str | None = Field(None, min_length=1, description="A CSV file, relative to the study file.")
    columns: tuple[Name, ...] = Field((), description="The file's columns of numbers, one for each series.")
    period: Name | None = Field(None, description="The file's column of dates; none where rows are numbered.")
    generate: Literal["noisy_waves"] | None = Field(None, description="Generate waves in place of a file.")
    length: int = Field(1_000, ge=10, le=1_000_000, description="Values of each generated series.")
    amplitudes: tuple[float, ...] = Field((20.0, 15.0), min_length=1, description="Of each generated wave.")
    periods: tuple[Period, ...] = Field((40.0, 25.0), description="Of each generated wave.")
    trends: tuple[Coefficients, ...] = Field(((0.0, 0.08), (0.0, 0.02, 0.00008)), description="Trend of each wave.")
    noise: float = Field(6.75, ge=0, description="Standard deviation of the generated noise.")
    seed: int = Field(1, ge=0, description="Seed of the generated noise.")

    @model_validator(mode="after")
    def _file_or_waves(self) -> Self:
        if (self.file is None) == (self.generate is None):
            raise ValueError("give either file or generate")
        if (self.file is None) != (not self.columns):
            raise ValueError("file needs columns, and columns need file")
        if not len(self.amplitudes) == len(self.periods) == len(self.trends):
            raise ValueError("amplitudes, periods and trends need one value for each series")
        return self
