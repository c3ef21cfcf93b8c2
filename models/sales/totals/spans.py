"""The spans of time over which forecasts are added up: periods, calendar weeks and months, and the horizon."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from models.common.arrays import Floats, Integers
from models.sales.data.calendar import Calendar, month_of

PERIOD, WEEK, MONTH, HORIZON = "period", "week", "month", "horizon"

_MONDAY = 3  # days from a Monday to 1970-01-01


@dataclass(frozen=True)
class Span:
    """Consecutive steps that are added up.

    Attributes:
        name: `PERIOD`, `WEEK`, `MONTH` or `HORIZON`.
        first: The first step, from 0.
        last: The last step.
        is_whole: Whether no period of the week or month is missing; always so of the others.
    """

    name: str
    first: int
    last: int
    is_whole: bool = True


def spans_of(calendar: Calendar, origin: int, horizon: int) -> list[Span]:
    """The spans of the steps from the period `origin` on.

    Days and business days have calendar weeks, which begin on Monday, and calendar months. A week of a weekly source
    belongs to the month of its label. Longer periods are not grouped: a month would be a period once more.
    """
    step = np.arange(horizon)
    spans = [Span(PERIOD, one, one) for one in step.tolist()]
    labels = calendar.label(origin + np.arange(-1, horizon + 1))  # with a period on each side
    if calendar.family in "DB":
        spans += _calendar_spans(WEEK, (labels + _MONDAY) // 7)
    if calendar.family in "DBW":
        spans += _calendar_spans(MONTH, month_of(labels))
    return [*spans, Span(HORIZON, 0, horizon - 1)]


def _calendar_spans(name: str, number: Integers) -> list[Span]:
    """The spans of steps with the same number of their week or month; the first and last are those beside the steps."""
    steps = number[1:-1]
    first = np.flatnonzero(np.diff(steps, prepend=steps[0] - 1))
    last = np.append(first[1:], len(steps)) - 1
    whole = (number[first] != steps[first]) & (number[last + 2] != steps[last])
    return [Span(name, *ends) for ends in zip(first.tolist(), last.tolist(), whole.tolist(), strict=True)]


def sums(values: Floats, spans: list[Span]) -> Floats:
    """The sums of values (..., H) over the spans, (..., J)."""
    horizon, flat = values.shape[-1], values.reshape(-1, values.shape[-1])
    return np.asarray(flat @ _membership(spans, horizon)).reshape(*values.shape[:-1], len(spans))


def _membership(spans: list[Span], horizon: int) -> csr_array:
    """Which steps belong to which span, (H, J) of 0 and 1."""
    rows = np.concatenate([np.arange(span.first, span.last + 1) for span in spans])
    columns = np.repeat(np.arange(len(spans)), [span.last - span.first + 1 for span in spans])
    return csr_array((np.ones(len(rows)), (rows, columns)), shape=(horizon, len(spans)))
