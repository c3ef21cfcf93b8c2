"""Verdicts: whether repeats confirm what was published, and what the study file claims.

A published mean is confirmed where the measured mean lies within two published standard deviations of it; the value of
a single run where it lies inside the range that 95 % of the repeats fall into, or, without chance, agrees to the digits
published. A claim is judged by the 95 % interval of a difference of means, and stays open where that does not tell.
Each verdict stands for itself: of twenty statements, one interval is expected to miss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from studies import claimed_relations, published_figures
from studies.results import StudyResult
from studies.samples import Sample
from studies.settings import Claim, Configuration, StudySettings
from studies.wording import Finding, Holds, too_many_diverged

MOST_DIVERGED = 0.05
"""Above this share of diverged repeats, the mean of the others says nothing of the configuration."""

Samples: TypeAlias = dict[tuple[str, str], Sample]
"""By configuration and metric."""


@dataclass(frozen=True)
class Verdict:
    """What repeats say of one statement.

    Attributes:
        text: The statement.
        holds: Whether they confirm it; open where they do not tell.
        evidence: One sentence with figures.
        kind: Whether the statement is a published figure or a claim.
        configuration: The one, or the first, that it speaks of.
        metric: Of that configuration.
    """

    text: str
    holds: Holds
    evidence: str
    kind: Literal["published", "claim"]
    configuration: str
    metric: str


def judge(settings: StudySettings, configurations: Sequence[Configuration], result: StudyResult) -> list[Verdict]:
    """Verdicts on the claims, in the order of the file, and then on each published figure.

    Args:
        settings: The study's; its claims are judged.
        configurations: Of the study; what was published of them is judged.
        result: What the study found; what it does not hold leaves a statement open.
    """
    samples = {
        (one.name, metric): Sample.of(scores) for one in result.configurations for metric, scores in one.scores.items()
    }
    return [*_on_claims(settings, samples), *_on_published(configurations, samples)]


def _on_claims(settings: StudySettings, samples: Samples) -> Iterator[Verdict]:
    for claim in settings.claims:
        metric = claim.first_metric or settings.metric
        holds, evidence = _claim_finding(claim, metric, samples)
        yield Verdict(claim.text, holds, evidence, "claim", claim.first, metric)


def _claim_finding(claim: Claim, metric: str, samples: Samples) -> Finding:
    keys = [(claim.first, metric)]
    if claim.second is not None:
        keys.append((claim.second, claim.second_metric or metric))
    number = [] if claim.value is None else [Sample.number(claim.value)]
    return _finding(keys, samples, lambda *found: claimed_relations.compare(claim, *found, *number))


def _on_published(configurations: Sequence[Configuration], samples: Samples) -> Iterator[Verdict]:
    for one in configurations:
        for metric, published in one.published.items():
            holds, evidence = _finding(
                [(one.name, metric)],
                samples,
                lambda sample, figures=published: published_figures.compare(sample, figures),
            )
            text = published_figures.statement(one.name, metric, published)
            yield Verdict(text, holds, evidence, "published", one.name, metric)


def _finding(keys: list[tuple[str, str]], samples: Samples, compare: Callable[..., Finding]) -> Finding:
    """What a comparison of some samples comes to; open where one is missing, or too much of it diverged."""
    for name, metric in keys:
        if (sample := samples.get((name, metric))) is None:
            measured = ", ".join(known for configuration, known in samples if configuration == name) or "nothing"
            return "open", f"{name} was not measured by {metric}; by {measured}."
        if not sample.count or sample.diverged > MOST_DIVERGED * sample.repeats:
            return "open", too_many_diverged(name, sample)
    return compare(*(samples[key] for key in keys))
