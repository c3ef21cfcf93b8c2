"""The settings of events for a data catalogue."""

from __future__ import annotations

from pydantic import Field

from nightcast.validation import Section


class LineageSettings(Section):
    """The ``[lineage]`` section; where events go is said to OpenLineage itself."""

    enabled: bool = Field(
        False,
        description="Send OpenLineage events about runs to where OPENLINEAGE_URL or openlineage.yml say; needs the "
        "extra lineage.",
    )
    namespace: str = Field("nightcast", min_length=1, description="Namespace of the jobs, which are the products.")
    timeout_seconds: float = Field(
        5, gt=0, le=60, description="How long a run waits at its end for a catalogue that does not answer."
    )
