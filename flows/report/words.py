"""Numbers, dates and names as the report writes them."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Sequence

from nightcast.values import Product

NOTHING = "–"  # noqa: RUF001 - a dash that is as wide as a digit
MINUS = "−"  # noqa: RUF001

NAMES = {Product.NEXT_VISIT: "Next visits", Product.SALES: "Sales", Product.VISIT_COUNTS: "Visits per day"}
"""The products in the order in which the report tells of them."""

MOST_DECIMALS = 6

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def decimals_of(values: Iterable[float | None]) -> int:
    """How many decimals all numbers of a column have, by the largest of them, so that tiny ones have two digits."""
    most = max((abs(value) for value in values if value is not None and math.isfinite(value)), default=0.0)
    if most >= 1 or most == 0:
        return 0 if most >= 100 or most == 0 else 1 if most >= 10 else 2
    return min(1 - math.floor(math.log10(most)), MOST_DECIMALS)


def number(value: float | None, decimals: int | None = None) -> str:
    """A number with thousands separated; a dash where it is not known."""
    if value is None or not math.isfinite(value):
        return NOTHING
    return f"{value:z,.{decimals_of([value]) if decimals is None else decimals}f}".replace("-", MINUS)


def about(value: float) -> str:
    """An expected number of customers or visits: whole from ten on."""
    return number(value, 0 if abs(value) >= 10 else 1 if abs(value) >= 1 else None)


def alike(*values: float | None) -> list[str]:
    """Numbers with the same decimals."""
    decimals = decimals_of(values)
    return [number(value, decimals) for value in values]


def counted(count: int, noun: str) -> str:
    """A whole number, with thousands separated, and its noun."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def signed(value: float, decimals: int | None = None) -> str:
    """A difference, with its sign."""
    text = number(value, decimals)
    return text if text.startswith(MINUS) or not text.strip("0.") else f"+{text}"


def percent(share: float | None, decimals: int = 0) -> str:
    """A share in percent."""
    if share is None or not math.isfinite(share):
        return NOTHING
    return f"{100 * share:z.{decimals}f}\N{NO-BREAK SPACE}%".replace("-", MINUS)


def date(day: datetime.date | None) -> str:
    """A date, such as 28 Nov 2026."""
    return NOTHING if day is None else f"{day.day}\N{NO-BREAK SPACE}{_MONTHS[day.month - 1]} {day.year}"


def short(day: datetime.date) -> str:
    """A date without its year."""
    return f"{day.day}\N{NO-BREAK SPACE}{_MONTHS[day.month - 1]}"


def moment(time: datetime.datetime) -> str:
    """A moment to the minute, in its own time zone."""
    return f"{date(time.date())}, {time:%H:%M} {time.tzname()}"


def listed(words: Sequence[str], last: str = "and") -> str:
    """Words with commas, and `last` before the last one."""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def sentence(text: str) -> str:
    """A text that begins with a capital letter and ends with a full stop."""
    text = text.strip()
    begin = text[:1].upper() if text.partition(" ")[0].isalpha() else text[:1]  # the name of a recipe stays
    return begin + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
