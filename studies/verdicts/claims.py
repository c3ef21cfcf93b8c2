"""Whether repeats confirm a claim about two means."""

from __future__ import annotations

import numpy as np

from studies.settings import Claim
from studies.verdicts.samples import Interval, Sample, difference_interval
from studies.verdicts.wording import Finding, bracketed, counted, rounded, rounded_to


def compare(claim: Claim, first: Sample, second: Sample) -> Finding:
    """Whether two samples stand in the relation that a claim states.

    Args:
        claim: The claim.
        first: One repeat at least.
        second: One repeat at least; where the claim has a value, this number.
    """
    if first.count < 2 or second.count < 2:
        return "open", f"{_means(claim, first, second)}. Two repeats at least are needed to know the spread."
    same = np.array_equal(first.values, second.values)
    interval = Interval(0.0, 0.0) if same else difference_interval(first, second)
    holds, reason = _less(interval) if claim.relation == "less" else _alike(interval, claim.within * abs(second.mean))
    difference = f"a difference of {rounded_to(interval, first.mean - second.mean)} {bracketed(interval)}"
    difference = "the same in every repeat" if same else difference
    return holds, f"{_means(claim, first, second)}, {difference}: {reason}."


def _means(claim: Claim, first: Sample, second: Sample) -> str:
    """The two means, and the numbers of their repeats."""
    if claim.value is not None:
        return f"A mean of {rounded(first.mean)} over {counted(first)}, against {rounded(claim.value)}"
    if counted(first) == counted(second):
        return f"Means of {rounded(first.mean)} and {rounded(second.mean)} over {counted(first)} each"
    return f"Means of {rounded(first.mean)} over {counted(first)} and of {rounded(second.mean)} over {counted(second)}"


def _less(interval: Interval) -> Finding:
    if interval.high < 0:
        return "confirmed", "the first is less"
    if interval.low > 0:
        return "not confirmed", "the first is greater"
    if interval.low == interval.high:
        return "not confirmed", "they are equal"
    return "open", "either may be the lesser"


def _alike(interval: Interval, margin: float) -> Finding:
    """Two one-sided tests at once: the interval shows whether the difference is too large in either direction."""
    allowed = f"the margin of {rounded(margin)} in either direction"
    if -margin <= interval.low and interval.high <= margin:
        return "confirmed", f"inside {allowed}"
    if interval.high < -margin or interval.low > margin:
        return "not confirmed", f"outside {allowed}"
    return "open", f"only partly inside {allowed}"
