"""What ran: what is published, on which data, and what failed, was withdrawn, or is under way."""

from __future__ import annotations

import datetime

from flows.report import words
from flows.report.read import Findings
from nightcast.values import Product
from sql.report.nights import NewestRun

FAILED = ("failed", "abandoned")
MOST_LETTERS = 200
"""A reason is cut here in a sentence; the notes have all of it."""

SOURCES = {Product.NEXT_VISIT: "visits", Product.SALES: "sales", Product.VISIT_COUNTS: "visits"}


def what_ran(findings: Findings, today: datetime.date) -> str:
    """The first of the five sentences."""
    told = [*_published(findings), *(_standing(findings, run) for run in unpublished(findings))]
    as_of = findings.as_of
    if not told:
        return "Nothing has been published yet."
    if as_of is not None and as_of < today:
        told.append(f"the newest night is {words.counted((today - as_of).days, 'day')} old")
    return words.sentence("; ".join(told))


def mark_of(findings: Findings, today: datetime.date) -> str:
    """How urgent the first sentence is: poor after a failure, watch where readers see less than tonight."""
    if failures(findings):
        return "poor"
    is_old = findings.as_of is not None and findings.as_of < today
    return "watch" if is_old or unpublished(findings) or older(findings) else ""


def unpublished(findings: Findings) -> list[NewestRun]:
    """The newest runs that readers do not see, in order, but for backfills."""
    runs = (findings.newest.get(product) for product in words.NAMES)
    return [run for run in runs if run is not None and run.status != "published" and _is_newest(findings, run)]


def failures(findings: Findings) -> list[NewestRun]:
    """The products whose newest run failed, in order."""
    return [run for run in unpublished(findings) if run.status in FAILED]


def older(findings: Findings) -> list[Product]:
    """The products of which readers see an older night than of others."""
    return [product for product in words.NAMES if product in findings.shown and is_older(findings, product)]


def is_older(findings: Findings, product: Product) -> bool:
    """Whether readers see an older night of this product than of others."""
    return findings.shown[product].as_of != findings.as_of


def as_of_note(findings: Findings, product: Product) -> str:
    """A sentence for the section of a product of which readers see an older night than of others."""
    return f" These are of the night of {words.date(findings.shown[product].as_of)}." * is_older(findings, product)


def _is_newest(findings: Findings, run: NewestRun) -> bool:
    shown = findings.shown.get(run.product)
    return shown is None or run.as_of >= shown.as_of


def _published(findings: Findings) -> list[str]:
    by_day: dict[datetime.date, list[str]] = {}
    for product in words.NAMES:
        if product in findings.shown:
            by_day.setdefault(findings.shown[product].as_of, []).append(_subjects(findings, product))
    told = [f"{words.listed(parts)} as of {words.date(as_of)}" for as_of, parts in sorted(by_day.items(), reverse=True)]
    return [f"Published: {'; '.join(told)}{_data(findings)}"] if told else []


def _data(findings: Findings) -> str:
    """Until when the data go: those of visits and of sales where they end on different days."""
    ends = {SOURCES[product]: run.data_through for product, run in findings.shown.items() if run.data_through}
    if len(set(ends.values())) > 1:
        return f", on {words.listed([f'{name} through {words.date(day)}' for name, day in ends.items()])}"
    return f", on data through {words.date(next(iter(ends.values())))}" if ends else ""


def _subjects(findings: Findings, product: Product) -> str:
    count = findings.shown[product].subjects or 0
    if product is Product.NEXT_VISIT:
        return f"next visits of {words.counted(count, 'customer')}"
    return f"sales of {count:,} series" if product is Product.SALES else "visits per day"


def _standing(findings: Findings, run: NewestRun) -> str:
    name, shown = words.NAMES[run.product], findings.shown.get(run.product)
    if run.status in FAILED:
        became = f"{run.status.replace('abandoned', 'ended early')} ({_reason(run)})"
    else:
        became = {"withdrawn": "were withdrawn", "running": "are under way", "skipped": "were skipped"}.get(
            run.status, f"are {run.status}"
        )
    if shown is None:
        stays = ""
    elif shown.as_of == run.as_of:
        stays = ": what was published before stays"
    else:
        stays = f": those as of {words.date(shown.as_of)} stay"
    return f"{name} as of {words.date(run.as_of)} {became}{stays}"


def _reason(run: NewestRun) -> str:
    text = " ".join((run.error or "no reason is known").split()).rstrip(".")
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS].rstrip()} ..."
