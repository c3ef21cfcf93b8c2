"""Arguments and results of the gate: the champion, the progress of the work, and the selected model."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from models.common.arrays import Floats
from nightcast.values import Evaluation

Model = TypeVar("Model")
Part = TypeVar("Part")

Progress = Callable[[float], None]
"""Called with the share of the work that is done, from 0 to 1."""


def no_progress(share: float) -> None:
    """Show no progress."""


def part_of(progress: Progress, start: float, end: float) -> Progress:
    """The progress of a part of the work, which begins at the share `start` of the whole and ends at `end`."""
    return lambda share: progress(start + (end - start) * share)


def with_shares(parts: Sequence[Part], progress: Progress) -> Iterator[tuple[Part, Progress]]:
    """Each part of the work with its progress; every part takes an equal share."""
    for number, part in enumerate(parts):
        yield part, part_of(progress, number / len(parts), (number + 1) / len(parts))


class Budget:
    """The time that a training may take, from now on.

    Args:
        seconds: All of it.
        clock: Gives the time in seconds.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._begin = clock()

    @property
    def spent(self) -> float:
        """Seconds since the start."""
        return self._clock() - self._begin

    @property
    def left(self) -> float:
        """Seconds that are left; negative when they are used up."""
        return self._seconds - self.spent


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
        model: the model to serve: a recipe refitted on all that is known, or the champion as it is.
        recipe: the winner's name, such as ``hazard_lstm``.
        retrained: False if the champion won as it is, so that no new model serves.
        decision: the candidates' scores in words for the ledger, or the reason why they were not compared.
        evaluations: the winner's figures at the gate's origins, with those of the baseline.
        skill: 1 - loss / loss of the baseline for each subject, (n,), at origins where nothing was chosen, so that it
            may be negative; NaN where unknown, None for a product without it.
    """

    model: Model
    recipe: str
    retrained: bool
    decision: str
    evaluations: list[Evaluation] = field(default_factory=list)
    skill: Floats | None = None
