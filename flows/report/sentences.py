"""The morning's five sentences."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from flows.report import words
from flows.report.read import Findings
from flows.report.sections.ran import mark_of, what_ran
from nightcast.values import WHOLE, Product

NOUNS = {Product.NEXT_VISIT: "customers", Product.SALES: "sales", Product.VISIT_COUNTS: "visits"}
MARKS = {"good": "good", "watch": "watch", "poor": "poor", "": "not reviewed yet"}
VERDICTS = {
    "good": "did well in their last reviews",
    "watch": "have to be watched",
    "poor": "did poorly in their last reviews",
    "": "have not been reviewed yet",
}


@dataclass(frozen=True)
class Sentence:
    """One of the five: the question that it answers, the answer, and a mark where there is one."""

    question: str
    text: str
    mark: str = ""


def five(findings: Findings, today: datetime.date) -> list[Sentence]:
    """What ran, whether it can be trusted, who is due, what will be sold, and what changed."""
    return [
        Sentence("What ran", what_ran(findings, today), mark_of(findings, today)),
        Sentence("Can it be trusted", _trust(findings), worst_mark(findings)),
        Sentence("Who is due", _due(findings)),
        Sentence("What will be sold", _sold(findings)),
        Sentence("What changed", _changed(findings)),
    ]


def worst_mark(findings: Findings) -> str:
    """The worst mark of the products that are shown; empty where none is reviewed."""
    marks = {findings.trust[name].mark for name in findings.shown if name in findings.trust}
    return next((mark for mark in ("poor", "watch", "good") if mark in marks), "")


def _trust(findings: Findings) -> str:
    by_mark: dict[str, list[str]] = {}
    for name in words.NAMES:
        if name in findings.shown and name in findings.trust:
            by_mark.setdefault(findings.trust[name].mark or "", []).append(words.NAMES[name].lower())
    if not by_mark:
        return "No forecast has been judged yet."
    told = [
        f"{words.listed(by_mark[mark])} {VERDICTS[mark]}" for mark in ("poor", "watch", "good", "") if mark in by_mark
    ]
    return words.sentence("; ".join(told))


def _due(findings: Findings) -> str:
    found = findings.customers
    if found is None:
        return "Next visits have not been forecast."
    one, states = found.first_bin, found.states
    lapsing = states.get("lapsing", 0)
    spent = f", who spent {words.number(found.lapsing_amount)} in the last year" if found.lapsing_amount else ""
    drifting = f"{_are(lapsing)} drifting away{spent}" if lapsing else "nobody is drifting away"
    return (
        f"{words.about(one.expected)} customers are expected from {words.short(one.from_date)} to "
        f"{words.short(one.to_date)}; {_are(states.get('overdue', 0))} overdue, and {drifting}."
    )


def _are(count: int) -> str:
    return f"{count:,} {'is' if count == 1 else 'are'}" if count else "nobody is"


def _sold(findings: Findings) -> str:
    told = [text for name in (Product.SALES, Product.VISIT_COUNTS) if (text := _total(findings, name))]
    if not told:
        return "Neither sales nor visits per day have been forecast."
    return words.sentence("; ".join(told))


def _total(findings: Findings, product: Product) -> str:
    row = horizon_of(findings, product)
    if row is None:
        return ""
    mean, low, high = words.alike(row.mean, row.q10, row.q90)
    band = "" if row.q10 is None else f" ({low} to {high} in eight of ten cases)"
    when = f"from {words.short(row.from_period)} to {words.short(row.to_period)}"
    return f"{NOUNS[product]} of {mean}{band} are expected {when}"


@dataclass(frozen=True)
class Expected:
    """What is expected over the horizon; without a band where none is known."""

    from_period: Any
    to_period: Any
    mean: float
    q10: float | None = None
    q90: float | None = None


def horizon_of(findings: Findings, product: Product) -> Expected | None:
    """What is expected of all series over the horizon; None where the product is not published."""
    found = findings.series.get(product)
    if found is None:
        return None
    whole = next((row for row in found.totals if row.span == "horizon"), None)
    if whole is not None:
        return Expected(whole.from_period, whole.to_period, whole.mean, whole.q10, whole.q90)
    everybody = [row for row in found.steps if row.series_id == WHOLE]
    total = next((row for row in found.largest if row.series_id == WHOLE), None)
    if not everybody or total is None:
        return None
    return Expected(everybody[0].period, everybody[-1].period, total.mean, total.q10, total.q90)


def _changed(findings: Findings) -> str:
    told = []
    for name, measure, noun in (
        (Product.NEXT_VISIT, "due", "customers due"),
        (Product.SALES, "total", "expected sales"),
        (Product.VISIT_COUNTS, "total", "expected visits"),
    ):
        row = findings.changes.get(name, {}).get(measure)
        if row is not None:
            told.append((row.previous_as_of, f"{noun} {_difference(row)}"))
    if not told:
        return "There is no earlier night to compare with."
    days = {day for day, _ in told}
    since = f"Since the night of {words.date(days.pop())}, " if len(days) == 1 else "Since the night before, "
    return words.sentence(since + "; ".join(text for _, text in told))


def _difference(row: Any) -> str:
    difference = row.present - row.previous
    before, now = words.alike(row.previous, row.present)
    if before == now:
        return f"stayed at {now}"
    share = f" ({words.percent(abs(difference / row.previous), 1)})" if row.previous else ""
    text = f"{'rose' if difference > 0 else 'fell'} from {before} to {now}{share}"
    causes = {"the calendar": row.by_calendar, "new data": row.by_data, "a new model": row.by_model}
    known = {name: value for name, value in causes.items() if value is not None and value * difference > 0}
    return f"{text}, mostly by {max(known, key=lambda name: abs(known[name]))}" if known else text
