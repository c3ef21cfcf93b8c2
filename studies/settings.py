"""What every study file says, whatever is studied: repeats, what was published, and which claims are to be judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Name = Annotated[str, Field(min_length=1, max_length=100)]
"""Of a study, a configuration or a metric."""


class Section(BaseModel):
    """A part of a study file: unknown keys are errors, nothing changes after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Published(Section):
    """What was published of one metric of one configuration: the value of a single run, or the figures of several."""

    value: float | None = Field(None, description="Of a single run.")
    mean: float | None = Field(None, description="Over repeats.")
    std: float | None = Field(None, ge=0, description="Standard deviation of repeats.")
    minimum: float | None = None
    lower_quartile: float | None = None
    median: float | None = None
    upper_quartile: float | None = None
    maximum: float | None = None

    @model_validator(mode="after")
    def _single_or_several(self) -> Self:
        if (self.value is None) == (self.mean is None) or (self.mean is None) != (self.std is None):
            raise ValueError("give either value, of a single run, or mean and std, of several")
        return self


class Configuration(Section):
    """One of the ways that are compared.

    Each kind of study adds what can be configured there.
    """

    name: Name
    published: dict[Name, Published] = Field({}, description="Published figures by metric.")


class Claim(Section):
    """A statement about the means of two configurations, or of one and a number, that repeats can confirm or refute."""

    text: str = Field(min_length=1)
    first: Name = Field(description="A configuration.")
    relation: Literal["less", "alike"] = Field(
        "less", description="The first mean is less than the second; or they differ by no more than within."
    )
    second: Name | None = Field(None, description="A configuration, which may be the first with another metric.")
    value: float | None = Field(None, description="A number in the place of the second.")
    within: float = Field(0.02, ge=0, description="Largest difference of two that are alike, as a share of the second.")
    first_metric: Name | None = Field(None, description="The study's metric unless given.")
    second_metric: Name | None = Field(None, description="The first's unless given.")

    @model_validator(mode="after")
    def _second_or_value(self) -> Self:
        if (self.second is None) == (self.value is None):
            raise ValueError("give either second, a configuration, or value, a number")
        return self

    @property
    def configurations(self) -> Iterator[str]:
        """Those that it speaks of."""
        yield self.first
        if self.second is not None:
            yield self.second


class StudySettings(Section):
    """What every study file says.

    Each kind of study adds its data, and its own `Configuration`.
    """

    name: Name = Field(description="Rows of the tables bear it.")
    title: str = ""
    origin: str = Field("", description="Where the experiment was published.")
    metric: Name = Field("test_rmse", description="What the summary shows, and claims are about unless they say else.")
    repeats: int = Field(30, ge=1, le=100_000, description="Of each configuration, each with weights of its own.")
    seed: int = Field(1, ge=0, description="The same seed and data give the same table.")
    claims: tuple[Claim, ...] = ()

    def check(self, configurations: Sequence[Configuration]) -> None:
        """Names are unique, and claims speak of configurations that exist.

        Raises:
            ValueError: naming what is unknown, and what there is.
        """
        names = [configuration.name for configuration in configurations]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"two configurations are called {twice!r}; give each a name of its own")
        for claim in self.claims:
            for name in claim.configurations:
                if name not in names:
                    known = ", ".join(map(repr, names))
                    raise ValueError(f"the claim {claim.text!r} speaks of {name!r}, but there are only {known}")
