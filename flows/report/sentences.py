"""The morning's five sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flows.report import words
from flows.report.read import Findings
from nightcast.values import WHOLE, Product
from sql.report.nights import NewestRun

NOUNS = {Product.NEXT_VISIT: "customers", Product.SALES: "sales", Product.VISIT_COUNTS: "visits"}
MARKS = {"good": "good", "watch": "watch", "poor": "poor", "": "not reviewed yet"}
VERDICTS = {
    "good": "did well in their last reviews",
    "watch": "have to be watched",
    "poor": "did poorly in their last reviews",
    "": "have not been reviewed yet",
}
FAILED = ("failed", "abandoned")


@dataclass(frozen=True)
class Sentence:
    """One of the five: the question that it answers, the answer, and a mark where there is one."""

    question: str
    text: str
    mark: str = ""


def five(findings: Findings) -> list[Sentence]:
    """What ran, whether it can be trusted, who is due, what will be sold, and what changed."""
    return [
        Sentence("What ran", _ran(findings), "poor" if failures(findings) else ""),
        Sentence("Can it be trusted", _trust(findings), worst_mark(findings)),
        Sentence("Who is due", _due(findings)),
        Sentence("What will be sold", _sold(findings)),
        Sentence("What changed", _changed(findings)),
    ]


def failures(findings: Findings) -> list[NewestRun]:
    """The products whose newest run failed, in order."""
    return [findings.newest[name] for name in words.NAMES if _has_failed(findings.newest.get(name))]


def _has_failed(run: NewestRun | None) -> bool:
    return run is not None and run.status in FAILED


def worst_mark(findings: Findings) -> str:
    """The worst mark of the products that are shown; empty where none is reviewed."""
    marks = {findings.trust[name].mark for name in findings.shown if name in findings.trust}
    return next((mark for mark in ("poor", "watch", "good") if mark in marks), "")


def _ran(findings: Findings) -> str:
    failed = [
        f"{words.NAMES[run.product]} failed ({words.sentence(run.error or 'no reason is known')[:-1]})"
        for run in failures(findings)
    ]
    by_day: dict[Any, list[str]] = {}
    for name in words.NAMES:
        if name in findings.shown:
            by_day.setdefault(findings.shown[name].as_of, []).append(_subjects(findings, name))
    told = [f"{words.listed(parts)} as of {words.date(as_of)}" for as_of, parts in sorted(by_day.items(), reverse=True)]
    if not told:
        return words.sentence("; ".join(failed)) if failed else "Nothing has been published yet."
    through = [run.data_through for run in findings.shown.values() if run.data_through]
    known = f", on data through {words.date(min(through))}" if through else ""
    return words.sentence("; ".join([f"Published: {'; '.join(told)}{known}", *failed]))


def _subjects(findings: Findings, product: Product) -> str:
    count = findings.shown[product].subjects or 0
    if product is Product.NEXT_VISIT:
        return f"next visits of {count:,} customers"
    return f"sales of {count:,} series" if product is Product.SALES else "visits per day"


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
    spent = f", who spent {words.number(found.lapsing_amount)} in the last year" if found.lapsing_amount else ""
    return (
        f"{words.number(one.expected, 0)} customers are expected from {words.short(one.from_date)} to "
        f"{words.short(one.to_date)}; {states.get('overdue', 0):,} are overdue, and {states.get('lapsing', 0):,} are "
        f"drifting away{spent}."
    )


def _sold(findings: Findings) -> str:
    told = [text for name in (Product.SALES, Product.VISIT_COUNTS) if (text := _total(findings, name))]
    if not told:
        return "Neither sales nor visits per day have been forecast."
    return words.sentence("; ".join(told))


def _total(findings: Findings, product: Product) -> str:
    row = horizon_of(findings, product)
    if row is None:
        return ""
    band = "" if row.q10 is None else f" ({words.number(row.q10)} to {words.number(row.q90)} in eight of ten cases)"
    when = f"from {words.short(row.from_period)} to {words.short(row.to_period)}"
    return f"{NOUNS[product]} of {words.number(row.mean)}{band} are expected {when}"


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
    if abs(difference) < 5e-4 * abs(row.previous):
        return "stayed the same"
    share = f" ({words.percent(abs(difference / row.previous), 1)})" if row.previous else ""
    text = f"{'rose' if difference > 0 else 'fell'} by {words.number(abs(difference))}{share}"
    causes = {"the calendar": row.by_calendar, "new data": row.by_data, "a new model": row.by_model}
    known = {name: value for name, value in causes.items() if value is not None and value * difference > 0}
    return f"{text}, mostly by {max(known, key=lambda name: abs(known[name]))}" if known else text
