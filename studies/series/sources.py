"""The source of a study's series: a file, the database, or a formula."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag

from nightcast.validation import Section

Unknown: TypeAlias = Literal["error", "previous", "zero"]
"""The meaning of unknown values."""


class GappedSource(Section):
    """A source whose values may be unknown."""

    unknown: Unknown = Field(
        "error", description="What an unknown value counts as: an error, the value before it, or zero."
    )


class FileSource(GappedSource):
    """A CSV file with a row for each period."""

    file: Path = Field(description="Relative to the study file.")
    period: str | None = Field("period", description="The column of dates; none where rows are only numbered.")
    value: str = Field("value", description="The column of numbers.")


class DatabaseSource(GappedSource):
    """A series of the table that [source.sales] names in the settings."""

    series_id: str = Field(min_length=1)


class NoisySine(Section):
    """`studies.series.generated.noisy_sine`."""

    generate: Literal["noisy_sine"]
    length: int = Field(10_000, ge=3, le=1_000_000)
    step: float = Field(0.1, gt=0, description="Radians between two values.")
    noise: float = Field(0.5, ge=0, description="Standard deviation of the noise added to the sine.")
    seed: int = Field(0, ge=0, lt=2**32)


class MackeyGlass(Section):
    """`studies.series.generated.mackey_glass`."""

    generate: Literal["mackey_glass"]
    length: int = Field(3_000, ge=3, le=100_000)
    step: int = Field(6, ge=1, le=100, description="Units of time between two values.")
    delay: int = Field(17, ge=1, le=1_000, description="Units of time after which the past has its effect.")
    noise: float = Field(0.0, ge=0, description="Standard deviation of the noise added to the series.")
    seed: int = Field(0, ge=0, lt=2**32)


def _tag(source: Any) -> str | None:
    """The kind of source, by the first key that only one kind has."""
    keys = source if isinstance(source, dict) else dict(source)
    if "generate" in keys:
        return str(keys["generate"])
    return next((key for key in ("file", "series_id") if key in keys), None)


Source = Annotated[
    Annotated[FileSource, Tag("file")]
    | Annotated[DatabaseSource, Tag("series_id")]
    | Annotated[NoisySine, Tag("noisy_sine")]
    | Annotated[MackeyGlass, Tag("mackey_glass")],
    Discriminator(
        _tag,
        custom_error_type="source",
        custom_error_message="a series needs file, series_id, or generate = 'noisy_sine' or 'mackey_glass'",
    ),
]
"""The source of one series."""
