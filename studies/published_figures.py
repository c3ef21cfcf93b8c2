"""Whether repeats come to a published figure."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from studies.samples import Sample, mean_interval
from studies.settings import Published
from studies.wording import Finding, counted, rounded, said

ENOUGH = 20
"""Repeats from which the range that 95 % of them fall into is known well enough."""

RANGE = (2.5, 97.5)
"""Percentiles of that range."""

STDS = 2.0
"""Published standard deviations that a measured mean may be away from the published one."""


def statement(configuration: str, metric: str, published: Published) -> str:
    """What was published, without a full stop."""
    if published.value is not None:
        return f"{configuration}: published {metric} of {published.value:.9g}, of a single run"
    return f"{configuration}: published {metric} of {published.mean:.9g} (standard deviation {published.std:.9g})"


def compare(sample: Sample, published: Published) -> Finding:
    """Whether a sample, of one repeat at least, comes to what was published."""
    if published.value is None:
        return _compare_mean(sample, published.mean or 0.0, published.std or 0.0)
    if sample.is_constant:
        return _compare_digits(sample, published.value)
    return _compare_run(sample, published.value)


def half_a_digit(figure: float) -> float:
    """Half a unit of the last digit that a figure is written with: 0.0005 for 136.761, never more than 0.5."""
    exponent = Decimal(repr(figure)).as_tuple().exponent
    return 0.5 * 10.0 ** min(int(exponent), 0) * (1 + 1e-6)  # a tie that lost its last bit is still a tie


def _compare_mean(sample: Sample, mean: float, std: float) -> Finding:
    reach = max(STDS * std, half_a_digit(mean))
    inside = abs(sample.mean - mean) <= reach
    spread = f" {said(mean_interval(sample))}" if sample.count > 1 else ", of which no interval is known,"
    return (
        "confirmed" if inside else "not confirmed",
        f"The mean of {counted(sample)} is {rounded(sample.mean)}{spread}, {'inside' if inside else 'outside'} "
        f"{rounded(mean - reach)} to {rounded(mean + reach)}, two standard deviations around the published mean.",
    )


def _compare_digits(sample: Sample, value: float) -> Finding:
    same = abs(sample.mean - value) <= half_a_digit(value)
    agreed = "which agrees to" if same else "which differs within"
    measured = f"all {counted(sample)} come to {sample.mean:.9g}"
    return (
        "confirmed" if same else "not confirmed",
        f"There is no chance in it: {measured}, {agreed} the digits published.",
    )


def _compare_run(sample: Sample, value: float) -> Finding:
    if sample.count < ENOUGH:
        measured = f"{counted(sample)} with a mean of {rounded(sample.mean)}"
        return "open", f"{measured}: {ENOUGH} are needed for a range to compare a single run with."
    low, high = np.percentile(sample.values, RANGE)
    inside = bool(low <= value <= high)
    smaller = f"{np.mean(sample.values < value):.0%}".replace("%", " %")
    return (
        "confirmed" if inside else "not confirmed",
        f"It lies {'inside' if inside else 'outside'} {rounded(low)} to {rounded(high)}, the range that 95 % of "
        f"{counted(sample)} fall into; {smaller} of them are smaller, and their mean is {rounded(sample.mean)} "
        f"{said(mean_interval(sample))}.",
    )
