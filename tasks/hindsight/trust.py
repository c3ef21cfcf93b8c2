"""How far a product's forecasts can be trusted, in plain words and with a mark."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from nightcast.values import WHOLE
from sql.hindsight.trust import Means, Reviewed, evaluated, reviewed_lately, write_trust
from tasks.night import Known, Model, Night, Prepared
from tasks.product import ProductSteps

LOSSES = ("weighted_quantile_loss", "log_loss")
"""The losses that whole forecasts are judged by; a single bin has its Brier score alone."""

NARROW, FAR_TOO_NARROW = 0.7, 0.6
"""Bands of 80 % that hold less are narrow: watch, and poor."""

APART, FAR_APART = 0.1, 0.3
"""Share by which the customers who came may differ from those expected, before it is watch, and poor."""

ROUNDING = 1e-6
"""A loss that is greater by less than this share is the baseline's own."""


def judge_trust(night: Night, product: ProductSteps[Known, Model], prepared: Prepared[Known]) -> None:
    """Store the sentence, the figures and the mark of the product."""
    reviewed = reviewed_lately(night.database, night.product)
    row: dict[str, Any] = {"as_of": night.question.as_of, "forecasts": 0}
    if reviewed is None:
        means = evaluated(night.database, night.product)
        said = " ".join(_facts(means, product.source, product.periods(prepared), WHOLE))
        past = f" On the past, before they were made: {said}" if said else ""
        row["sentence"] = f"No forecast's days are over yet, so that nothing is reviewed.{past}"
    else:
        row |= _figures(reviewed)
        said = " ".join(_facts(reviewed.means, product.source, product.periods(prepared), reviewed.part))
        row["sentence"] = f"{said} {_measured(reviewed)}"
    write_trust(night.database, night.product, row)


def mark_of(means: Means) -> str:
    """good, watch or poor, by the means of the newest reviews.

    poor: the loss is greater than the baseline's, 80 % bands hold less than 60 % of values, or the customers who came
    are not within 30 % of those expected. watch: less than 70 %, or not within 10 %. good: anything else. Three
    standard deviations of chance are allowed in the number of customers.
    """
    metric = loss_of(means)
    value, baseline = means[metric]
    if baseline is not None and value > baseline + ROUNDING * abs(baseline):
        return "poor"
    coverage = means.get("coverage_80", (1.0, None))[0]
    came, expected = _customers(means) or (0.0, 0.0)
    gap = max(abs(came - expected) - 3 * math.sqrt(expected), 0.0)
    if coverage < FAR_TOO_NARROW or gap > FAR_APART * expected:
        return "poor"
    return "watch" if coverage < NARROW or gap > APART * expected else "good"


def loss_of(means: Means) -> str:
    """The loss that these figures are judged by."""
    brier = (name for name in sorted(means) if name.startswith("brier_"))
    return next((name for name in LOSSES if name in means), None) or next(brier)


def _figures(reviewed: Reviewed) -> dict[str, Any]:
    means = reviewed.means
    came, expected = _customers(means) or (None, None)
    metric = loss_of(means)
    value, baseline = means[metric]
    return {
        "mark": mark_of(means),
        "forecasts": reviewed.forecasts,
        "part": reviewed.part,
        "scored_through": reviewed.through,
        "is_backfill": reviewed.is_backfill,
        "expected_customers": expected,
        "realised_customers": came,
        "coverage_80": means.get("coverage_80", (None, None))[0],
        "metric": metric,
        "value": value,
        "baseline_value": baseline,
    }


def _customers(means: Means) -> tuple[float, float] | None:
    """The customers who came, and those expected; None for a product without customers."""
    for kind in ("returners", "customers"):
        if f"realised_{kind}" in means:
            return means[f"realised_{kind}"][0], means[f"predicted_{kind}"][0]
    return None


def _facts(means: Means, quantity: str, periods: str, part: str) -> Iterator[str]:
    """What came true, a sentence each.

    Args:
        means: the mean figures.
        quantity: what is forecast, such as sales.
        periods: the noun of its periods.
        part: the part of the forecast.
    """
    steps = periods if part == WHOLE else f"{periods} {part}"
    customers = _customers(means)
    if customers is not None:
        came, expected = map(_count, customers)
        within = "" if part == WHOLE else f" in {steps}"
        yield f"{came} customers came back{within}, {expected} were expected."
    if "coverage_80" in means:
        yield f"80 % bands held {_percent(means['coverage_80'][0])} of {steps}."
    if "wape" in means:
        value, baseline = means["wape"]
        beside = f", repeating the last season by {_percent(baseline)}" if baseline is not None else ""
        yield f"Forecasts were off by {_percent(value)} of {quantity}{beside}."
    elif customers is not None:
        value, baseline = means[loss_of(means)]
        if baseline:
            gain = 1 - value / baseline
            verb = "better" if gain >= 0 else "worse"
            yield f"The probabilities were {_percent(abs(gain))} {verb} than the baseline's."


def _measured(reviewed: Reviewed) -> str:
    kind = "backfills" if reviewed.is_backfill else "forecasts"
    if reviewed.forecasts == 1:
        return f"That is the {kind[:-1]} of {reviewed.newest}, through {reviewed.through}."
    return (
        f"These are means of {reviewed.forecasts} {kind}, the newest of {reviewed.newest}, through {reviewed.through}."
    )


def _count(number: float) -> str:
    """A mean number of customers: whole, but for a small one."""
    return f"{number:,.0f}" if number >= 20 or number == round(number) else f"{number:.1f}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
