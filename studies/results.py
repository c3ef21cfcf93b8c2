"""The result of a study: scores, charts and notes."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.common.arrays import Floats
from studies.charts import Chart


@dataclass(frozen=True, eq=False)
class ConfigurationResult:
    """The scores of one configuration.

    Attributes:
        name: The configuration's.
        scores: By metric, (repeats,); all are equal where nothing is random.
        seconds: Duration of all repeats, including compiling.
        compile_seconds: Duration of compiling.
    """

    name: str
    scores: dict[str, Floats]
    seconds: float
    compile_seconds: float = 0.0


@dataclass(frozen=True, eq=False)
class StudyResult:
    """The result of all configurations, in the order of the file.

    Attributes:
        configurations: One at least.
        charts: Charts besides the box plots, which every study has.
        notes: Sentences that a reader needs to understand the figures, such as the level of the noise.
    """

    configurations: list[ConfigurationResult]
    charts: list[Chart] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
