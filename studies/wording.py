"""How figures, intervals and what is missing are said in the evidence of a verdict."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from studies.samples import CONFIDENCE, Interval, Sample

Holds: TypeAlias = Literal["confirmed", "not confirmed", "open"]
"""What a verdict comes to; open where the repeats do not tell."""

Finding: TypeAlias = tuple[Holds, str]
"""What a verdict comes to, and its evidence: a sentence with figures."""


def rounded(figure: float) -> str:
    """A figure to five digits; thousands are set apart."""
    return f"{figure:,.5g}" if abs(figure) < 1e5 else f"{figure:.5g}"


def said(interval: Interval) -> str:
    """An interval in brackets, to the decimal places that its width makes sense of."""
    if interval.low == interval.high:
        return "(without chance)"
    width = interval.high - interval.low
    usual = 0 < width < 1e9 and abs(interval.low + interval.high) < 1e9
    decimals = int(np.clip(1 - np.floor(np.log10(width)), 0, 9)) if usual else 0
    low, high = (
        f"{round(edge, decimals) + 0.0:,.{decimals}f}" if usual else rounded(edge)
        for edge in (interval.low, interval.high)
    )
    return f"({CONFIDENCE * 100:.0f} % interval {low} to {high})"


def counted(sample: Sample) -> str:
    """How many repeats the figures are of."""
    if sample.diverged:
        return f"{sample.count:,} of {sample.repeats:,} repeats ({sample.diverged:,} diverged)"
    return "1 repeat" if sample.count == 1 else f"{sample.count:,} repeats"


def too_many_diverged(name: str, sample: Sample) -> str:
    """Why a sample is not judged."""
    if not sample.repeats:
        return f"No repeat of {name} was run."
    diverged = f"{sample.diverged:,} of {sample.repeats:,} repeats of {name} diverged"
    return f"{diverged}, too many for a judgement by the others."
