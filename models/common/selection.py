"""What the gate takes and returns: the champion, the progress of the work, and which recipe serves and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from nightcast.values import Evaluation

Model = TypeVar("Model")
Part = TypeVar("Part")

Progress = Callable[[float], None]
"""Called with the share of the work that is done, from 0 to 1."""


def no_progress(share: float) -> None:
    """Shows nothing."""


def part_of(progress: Progress, start: float, end: float) -> Progress:
    """The progress of a part of the work, which takes the whole from the share `start` to the share `end`."""
    return lambda share: progress(start + (end - start) * share)


def with_shares(parts: Sequence[Part], progress: Progress) -> Iterator[tuple[Part, Progress]]:
    """Each part of the work with its progress; every part takes an equal share."""
    for number, part in enumerate(parts):
        yield part, part_of(progress, number / len(parts), (number + 1) / len(parts))


@dataclass(frozen=True)
class Champion(Generic[Model]):
    """The model that serves until another one beats it.

    Attributes:
        model: the model.
        as_of_day: the as-of that it was fitted at, in days since 1970-01-01.
    """

    model: Model
    as_of_day: int


@dataclass(frozen=True)
class Selection(Generic[Model]):
    """The winner of the gate.

    Attributes:
        model: what serves: a recipe refitted on all that is known, or the champion as it is.
        recipe: the winner's name, such as ``hazard_lstm``.
        retrained: False where the champion won as it is, so that nothing new serves.
        decision: one sentence for the ledger: the candidates' scores, or what was missing for a comparison.
        evaluations: the winner's figures at the gate's origins, with those of the baseline.
    """

    model: Model
    recipe: str
    retrained: bool
    decision: str
    evaluations: list[Evaluation] = field(default_factory=list)
