"""The settings of the report."""

from __future__ import annotations

from pydantic import Field

from nightcast.validation import Section


class ReportSettings(Section):
    """The ``[report]`` section."""

    folder: str | None = Field(
        None,
        description="Folder in which each night leaves its report, named by its as-of, beside an index page; without "
        "it, `nightcast report` writes one when asked.",
    )
