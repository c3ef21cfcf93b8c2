"""The source of a study's visits: a file, the database, or a generated customer base."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from nightcast.validation import Section


class FileSource(Section):
    """A CSV file with a row for each visit, in any order."""

    file: Path = Field(description="Relative to the study file.")
    customer_id: str = Field("customer_id", description="The column of customers.")
    visited_at: str = Field("visited_at", description="The column of dates or times; the day counts as written.")


class DatabaseSource(Section):
    """All visits of the table that [source.visits] names in the settings."""

    database: Literal[True]


class GeneratedSource(Section):
    """`studies.intervals.generated.customer_base`."""

    generate: Literal["customer_base"]
    customers: int = Field(1_000, ge=1, le=1_000_000)
    days: int = Field(730, ge=1, le=7_300, description="Days in which visits are recorded.")
    seed: int = Field(1, ge=0)


def _tag(source: Any) -> str | None:
    """The kind of source, by the first key that only one kind has."""
    keys = source if isinstance(source, dict) else dict(source)
    return next((key for key in ("generate", "file", "database") if key in keys), None)


Source = Annotated[
    Annotated[FileSource, Tag("file")]
    | Annotated[DatabaseSource, Tag("database")]
    | Annotated[GeneratedSource, Tag("generate")],
    Discriminator(
        _tag,
        custom_error_type="source",
        custom_error_message="[visits] needs file, database = true, or generate = 'customer_base'",
    ),
]
"""The source of the visits."""
