"""How figures, intervals and what is missing are said in the evidence of a verdict."""

from __future__ import annotations

from typing import Literal, TypeAlias

from models.studies.samples import CONFIDENCE, Interval, Sample

Holds: TypeAlias = Literal["confirmed", "not confirmed", "open"]
"""What a verdict comes to; open where the repeats do not tell."""

Finding: TypeAlias = tuple[Holds, str]
"""What a verdict comes to, and its evidence: a sentence with figures."""


def rounded(figure: float) -> str:
    """A figure to six digits; thousands are set apart."""
    return f"{figure:,.6g}" if abs(figure) < 1e6 else f"{figure:.6g}"


def said(interval: Interval) -> str:
    """An interval in brackets."""
    return f"({CONFIDENCE:.0%} interval {rounded(interval.low)} to {rounded(interval.high)})".replace("%", " %")


def counted(sample: Sample) -> str:
    """How many repeats the figures are of."""
    if sample.diverged:
        return f"{sample.count:,} repeats of {sample.repeats:,}, {sample.diverged:,} having diverged"
    return "1 repeat" if sample.count == 1 else f"{sample.count:,} repeats"


def too_many_diverged(name: str, sample: Sample) -> str:
    """Why a sample is not judged."""
    if not sample.repeats:
        return f"No repeat of {name} was run."
    diverged = f"{sample.diverged:,} of {sample.repeats:,} repeats of {name} diverged"
    return f"{diverged}, too many for a judgement by the others."
