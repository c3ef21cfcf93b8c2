"""The settings of study files of all kinds: repeats, configurations with published figures, and claims to judge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from nightcast.validation import Section

Name = Annotated[str, Field(min_length=1, max_length=100)]
"""The name of a study, a configuration or a metric."""


class Published(Section):
    """The published figures of one configuration by one metric: the value of a single run, or statistics of several."""

    value: float | None = Field(None, description="Value of a single run.")
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
    """One of the models that a study compares; each kind of study adds its own settings."""

    name: Name
    published: dict[Name, Published] = Field({}, description="Published figures by metric.")


class Claim(Section):
    """A statement about the mean of a configuration, compared with that of another or with a number."""

    text: str = Field(min_length=1)
    first: Name = Field(description="A configuration.")
    relation: Literal["less", "alike"] = Field(
        "less", description="less: the first mean is less than the second; alike: they differ by no more than within."
    )
    second: Name | None = Field(None, description="A configuration; it may be the first with another metric.")
    value: float | None = Field(None, description="A number to compare with, in place of second.")
    within: float = Field(0.02, ge=0, description="Largest difference of two that are alike, as a share of the second.")
    first_metric: Name | None = Field(None, description="By default the study's metric.")
    second_metric: Name | None = Field(None, description="By default the first metric.")

    @model_validator(mode="after")
    def _second_or_value(self) -> Self:
        if (self.second is None) == (self.value is None):
            raise ValueError("give either second, a configuration, or value, a number")
        return self

    @property
    def configurations(self) -> Iterator[str]:
        """The names of the configurations that it compares."""
        yield self.first
        if self.second is not None:
            yield self.second


class StudySettings(Section):
    """The settings of every study file; each kind of study adds its data and its own configurations."""

    name: Name = Field(description="The study's name in the database.")
    title: str = Field("", description="The title of its page.")
    origin: str = Field("", description="Where the experiment was published.")
    metric: Name = Field("test_rmse", description="Metric of the summary, and of claims that name none.")
    repeats: int = Field(
        30, ge=1, le=100_000, description="Repeats of each configuration, with their own first weights."
    )
    seed: int = Field(1, ge=0, description="The same seed and data give the same scores.")
    configurations: tuple[Configuration, ...] = ()
    claims: tuple[Claim, ...] = ()

    def check(self, metrics: Mapping[str, Sequence[str]]) -> None:
        """Check that names are unique, and that claims name configurations and metrics that exist.

        Args:
            metrics: The metrics of each configuration, by its name.

        Raises:
            ValueError: naming what is unknown, and what is known.
        """
        names = [configuration.name for configuration in self.configurations]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"two configurations are called {twice!r}; give each a name of its own")
        if not any(self.metric in known for known in metrics.values()):
            known = ", ".join(map(repr, dict.fromkeys(metric for some in metrics.values() for metric in some)))
            raise ValueError(f"metric is {self.metric!r}, but the metrics are {known}")
        for configuration in self.configurations:
            for metric in configuration.published:
                _check_metric(f"published of {configuration.name!r}", configuration.name, metric, metrics)
        self._check_claims(metrics)

    def _check_claims(self, metrics: Mapping[str, Sequence[str]]) -> None:
        for claim in self.claims:
            for name in claim.configurations:
                if name not in metrics:
                    known = ", ".join(map(repr, metrics))
                    raise ValueError(f"the claim {claim.text!r} names {name!r}, but the configurations are {known}")
            first = claim.first_metric or self.metric
            _check_metric(f"the claim {claim.text!r}", claim.first, first, metrics)
            if claim.second is not None:
                _check_metric(f"the claim {claim.text!r}", claim.second, claim.second_metric or first, metrics)


def _check_metric(place: str, name: str, metric: str, metrics: Mapping[str, Sequence[str]]) -> None:
    if metric not in metrics[name]:
        known = ", ".join(map(repr, metrics[name]))
        raise ValueError(f"{place} names the metric {metric!r}, but those of {name!r} are {known}")
