"""Slow and obvious: what the vectorised code has to agree with."""

from __future__ import annotations

import datetime
import math

from nightcast.values import to_date, to_day


def covered(frequency: str, date: datetime.date) -> tuple[datetime.date, datetime.date, datetime.date]:
    """First covered day, last covered day and label of the period that covers a date (not for business days)."""
    one = datetime.timedelta(days=1)
    if frequency == "D":
        return date, date, date
    if frequency.startswith("W"):
        wanted = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"].index(frequency[-3:])
        if frequency in ("W-MON", f"WS-{frequency[-3:]}"):
            first = date
            while first.weekday() != wanted:
                first -= one
            return first, first + 6 * one, first
        last = date
        while last.weekday() != wanted:
            last += one
        return last - 6 * one, last, last
    if frequency.startswith("B"):
        first, last, label = covered(frequency[1:], date)
        while label.weekday() > 4:
            label += one if label == first or label.day < 4 else -one
        return first, last, label
    length = {"M": 1, "Q": 3, "Y": 12}[frequency[0]]
    month = (date.month - 1) // length * length + 1
    first = datetime.date(date.year, month, 1)
    years, following = divmod(month - 1 + length, 12)
    last = datetime.date(date.year + years, following + 1, 1) - one
    return first, last, first if frequency[1] == "S" else last


def seasonal_naive(history: list[float], season: int, horizon: int) -> list[float]:
    """The latest known value at the same position of the season, else the mean of the last known values."""
    known = [value for value in history if not math.isnan(value)]
    forecasts = []
    for step in range(horizon):
        place = len(history) + step
        same = [history[at] for at in range(len(history)) if (place - at) % season == 0]
        same = [value for value in same if not math.isnan(value)]
        recent = known[-season:]
        forecasts.append(same[-1] if same else sum(recent) / len(recent) if recent else math.nan)
    return forecasts


def day(text: str) -> int:
    """The number of an ISO date."""
    return to_day(datetime.date.fromisoformat(text))


def text(number: int) -> str:
    """The ISO date of a day's number."""
    return to_date(number).isoformat()
