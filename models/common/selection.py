"""The result of a training night: which recipe serves, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from nightcast.values import Evaluation

Model = TypeVar("Model")

Progress = Callable[[float], None]
"""Called with the share of the work that is done, from 0 to 1."""


def no_progress(share: float) -> None:
    """Shows nothing."""


def part_of(progress: Progress, start: float, end: float) -> Progress:
    """Progress from 0 to 1 told as progress from one share of the whole to another."""
    return lambda share: progress(start + (end - start) * share)


@dataclass(frozen=True)
class Selection(Generic[Model]):
    """The winner of the gate.

    Attributes:
        model: what serves; refitted on all that is known, or the old champion as it is.
        recipe: the winner's name, such as ``lstm``.
        retrained: False when the old champion won as it is, so that nothing new serves.
        decision: one sentence for the ledger: the candidates' scores, or what was missing for a comparison.
        evaluations: the winner's figures on the gate's as-ofs, beside the baseline's.
    """

    model: Model
    recipe: str
    retrained: bool
    decision: str
    evaluations: list[Evaluation] = field(default_factory=list)
