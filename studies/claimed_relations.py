"""Whether repeats confirm what a claim says of two means."""

from __future__ import annotations

import numpy as np

from studies.samples import Interval, Sample, difference_interval
from studies.settings import Claim
from studies.wording import Finding, Holds, counted, rounded, said


def compare(claim: Claim, first: Sample, second: Sample) -> Finding:
    """Whether two samples stand to each other as a claim says.

    Args:
        claim: Whose relation is judged; where it names a value, the second sample is that number.
        first: One repeat at least.
        second: One repeat at least.
    """
    if first.count < 2 or second.count < 2:
        return "open", f"{_means(claim, first, second)}: one repeat says nothing of chance, two at least are needed."
    same = np.array_equal(first.values, second.values)
    interval = Interval(0.0, 0.0) if same else difference_interval(first, second)
    holds, reason = _less(interval) if claim.relation == "less" else _alike(interval, claim.within * abs(second.mean))
    difference = f"a difference of {rounded(first.mean - second.mean)} {said(interval)}"
    difference = "the same in every repeat" if same else difference
    return holds, f"{_means(claim, first, second)}, {difference}: {reason}."


def _means(claim: Claim, first: Sample, second: Sample) -> str:
    """The two means, and how many repeats they are of."""
    if claim.value is not None:
        return f"A mean of {rounded(first.mean)} over {counted(first)}, against {rounded(claim.value)}"
    if counted(first) == counted(second):
        return f"Means of {rounded(first.mean)} and {rounded(second.mean)} over {counted(first)} each"
    return f"Means of {rounded(first.mean)} over {counted(first)} and of {rounded(second.mean)} over {counted(second)}"


def _less(interval: Interval) -> Finding:
    if interval.high < 0:
        return "confirmed", "the first is less"
    if interval.low > 0:
        return "not confirmed", "the opposite holds"
    if interval.low == interval.high:
        return "not confirmed", "they are equal"
    return "open", "either may be the less"


def _alike(interval: Interval, reach: float) -> Finding:
    """Alike is two one-sided statements: the interval says at once that neither difference is too large."""
    allowed = f"the {rounded(reach)} either way that alike allows"
    if -reach <= interval.low and interval.high <= reach:
        return "confirmed", f"inside {allowed}"
    if interval.high < -reach or interval.low > reach:
        holds: Holds = "not confirmed"
        return holds, f"outside {allowed}"
    return "open", f"only partly inside {allowed}"
