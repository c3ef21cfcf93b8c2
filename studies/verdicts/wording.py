"""The wording of figures, intervals and numbers of repeats in the evidence of a verdict."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from studies.verdicts.samples import CONFIDENCE, Interval, Sample

Holds: TypeAlias = Literal["confirmed", "not confirmed", "open"]
"""A verdict; open where the repeats do not decide."""

Finding: TypeAlias = tuple[Holds, str]
"""A verdict and its evidence, a sentence with figures."""


def rounded(figure: float) -> str:
    """A figure with five digits and separated thousands."""
    return f"{figure:,.5g}" if abs(figure) < 1e5 else f"{figure:.5g}"


def bracketed(interval: Interval) -> str:
    """An interval in brackets."""
    if interval.low == interval.high:
        return "(no randomness)"
    low, high = rounded_to(interval, interval.low), rounded_to(interval, interval.high)
    return f"({CONFIDENCE * 100:.0f} % interval {low} to {high})"


def rounded_to(interval: Interval, figure: float) -> str:
    """A figure with as many decimals as the width of an interval calls for."""
    width = interval.high - interval.low
    if not 0 < width < 1e9 or abs(interval.low + interval.high) >= 1e9:
        return rounded(figure)
    decimals = int(np.clip(1 - np.floor(np.log10(width)), 0, 9))
    return f"{round(figure, decimals) + 0.0:,.{decimals}f}"


def counted(sample: Sample) -> str:
    """The number of repeats, and of those that diverged."""
    if sample.diverged:
        return f"{sample.count:,} of {sample.repeats:,} repeats ({sample.diverged:,} diverged)"
    return "1 repeat" if sample.count == 1 else f"{sample.count:,} repeats"
