"""Verdicts: whether repeats confirm the published figures and the claims of a study file.

A published mean is confirmed where the measured mean lies within two published standard deviations of it. The value
of a single run is confirmed where it lies inside the range of 95 % of the repeats or, where nothing is random, where
all its digits agree. A claim is judged by the 95 % interval of a difference of means, and stays open where the interval
does not decide. Verdicts are not corrected for their number: of twenty intervals, one is expected to miss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from studies.results import StudyResult
from studies.settings import Claim, StudySettings
from studies.verdicts import claims, published
from studies.verdicts.samples import Sample
from studies.verdicts.wording import Finding, Holds

MOST_DIVERGED = 0.05
"""Above this share of diverged repeats, the mean of the others does not represent the configuration."""

Samples: TypeAlias = dict[tuple[str, str], Sample]
"""By configuration and metric."""


@dataclass(frozen=True)
class Verdict:
    """The verdict on one statement.

    Attributes:
        text: The statement.
        holds: Whether the repeats confirm it; open where they do not decide.
        evidence: A sentence or two with figures.
        kind: Whether the statement is a published figure or a claim.
        configuration: The configuration, or the first one, that the statement is about.
        metric: Metric of that configuration.
    """

    text: str
    holds: Holds
    evidence: str
    kind: Literal["published", "claim"]
    configuration: str
    metric: str

    @property
    def sentences(self) -> str:
        """Statement and evidence, whether the statement ends with a full stop or not."""
        return f"{self.text.rstrip('.')}. {self.evidence}"


def judge(settings: StudySettings, result: StudyResult) -> list[Verdict]:
    """Verdicts on the claims, in the order of the file, and then on each published figure.

    Args:
        settings: Settings of the study.
        result: Its scores, among them those of all statements.
    """
    samples = {
        (one.name, metric): Sample.of(scores) for one in result.configurations for metric, scores in one.scores.items()
    }
    return [*_on_claims(settings, samples), *_on_published(settings, samples)]


def _on_claims(settings: StudySettings, samples: Samples) -> Iterator[Verdict]:
    for claim in settings.claims:
        metric = claim.first_metric or settings.metric
        holds, evidence = _on_claim(claim, metric, samples)
        yield Verdict(claim.text, holds, evidence, "claim", claim.first, metric)


def _on_claim(claim: Claim, metric: str, samples: Samples) -> Finding:
    keys = [(claim.first, metric)]
    if claim.second is not None:
        keys.append((claim.second, claim.second_metric or metric))
    number = [] if claim.value is None else [Sample.number(claim.value)]
    return _finding(keys, samples, lambda *chosen: claims.compare(claim, *chosen, *number))


def _on_published(settings: StudySettings, samples: Samples) -> Iterator[Verdict]:
    for one in settings.configurations:
        for metric, figures in one.published.items():
            holds, evidence = _finding(
                [(one.name, metric)], samples, lambda sample, figures=figures: published.compare(sample, figures)
            )
            text = published.statement(one.name, metric, figures)
            yield Verdict(text, holds, evidence, "published", one.name, metric)


def _finding(keys: list[tuple[str, str]], samples: Samples, compare: Callable[..., Finding]) -> Finding:
    """The comparison of some samples; open where too many repeats of one diverged."""
    chosen = [samples[key] for key in keys]
    for (name, _), sample in zip(keys, chosen, strict=True):
        if not sample.count or sample.diverged > MOST_DIVERGED * sample.repeats:
            diverged = f"{sample.diverged:,} of {sample.repeats:,} repeats of {name} diverged"
            return "open", f"{diverged}, too many for a verdict."
    return compare(*chosen)
