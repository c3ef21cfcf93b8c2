"""Whether repeats agree with a published figure."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from studies.settings import Published
from studies.verdicts.samples import Sample, mean_interval
from studies.verdicts.wording import Finding, bracketed, counted, rounded

ENOUGH = 20
"""Repeats from which the range of 95 % of them is known well enough."""

RANGE = (2.5, 97.5)
"""Percentiles of that range."""

STDS = 2.0
"""Published standard deviations by which a measured mean may differ from the published one."""


def statement(configuration: str, metric: str, published: Published) -> str:
    """The published figure, without a full stop."""
    if published.value is not None:
        return f"{configuration}: published {metric} of {published.value:.9g}, of a single run"
    return f"{configuration}: published {metric} of {published.mean:.9g} (standard deviation {published.std:.9g})"


def compare(sample: Sample, published: Published) -> Finding:
    """Whether a sample, of one repeat at least, agrees with a published figure."""
    if published.value is None:
        return _compare_mean(sample, published.mean or 0.0, published.std or 0.0)
    if sample.is_constant:
        return _compare_digits(sample, published.value)
    return _compare_run(sample, published.value)


def half_a_digit(figure: float) -> float:
    """Half a unit of a figure's last digit: 0.0005 for 136.761, never more than 0.5."""
    exponent = Decimal(repr(figure)).as_tuple().exponent
    return 0.5 * 10.0 ** min(int(exponent), 0) * (1 + 1e-6)  # so that ties agree in spite of rounding errors


def _compare_mean(sample: Sample, mean: float, std: float) -> Finding:
    reach = max(STDS * std, half_a_digit(mean))
    inside = abs(sample.mean - mean) <= reach
    spread = f" {bracketed(mean_interval(sample))}" if sample.count > 1 else ""
    return (
        "confirmed" if inside else "not confirmed",
        f"The mean of {counted(sample)} is {rounded(sample.mean)}{spread}, {'inside' if inside else 'outside'} "
        f"{rounded(mean - reach)} to {rounded(mean + reach)}, two published standard deviations around the published "
        "mean.",
    )


def _compare_digits(sample: Sample, value: float) -> Finding:
    same = abs(sample.mean - value) <= half_a_digit(value)
    agreement = "agrees with" if same else "differs from"
    return (
        "confirmed" if same else "not confirmed",
        f"Nothing is random: all {counted(sample)} give {sample.mean:.9g}, which {agreement} the published figure to "
        "its last digit.",
    )


def _compare_run(sample: Sample, value: float) -> Finding:
    if sample.count < ENOUGH:
        return (
            "open",
            f"{counted(sample)} with a mean of {rounded(sample.mean)}. {ENOUGH} repeats are needed to compare their "
            "range with a single run.",
        )
    low, high = np.percentile(sample.values, RANGE)
    inside = bool(low <= value <= high)
    smaller = f"{np.mean(sample.values < value):.0%}".replace("%", " %")
    return (
        "confirmed" if inside else "not confirmed",
        f"It lies {'inside' if inside else 'outside'} {rounded(low)} to {rounded(high)}, the range of 95 % of "
        f"{counted(sample)}; {smaller} of them are smaller. Their mean is {rounded(sample.mean)} "
        f"{bracketed(mean_interval(sample))}.",
    )
