"""From rows to what the models read: visit histories, and a panel of sales with what is known ahead of them."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np

from models.next_visit.data.visits import VisitHistory
from models.sales.data.build import build_panel
from models.sales.data.calendar import Calendar
from models.sales.data.gaps import MissingPeriodError
from models.sales.data.panel import NO_ROW, SalesPanel
from nightcast.errors import InputError
from nightcast.values import to_date, to_day
from tasks.freshness import check_freshness
from tasks.night import Night, SourceRows
from tasks.reading.covariates import read_covariates
from tasks.reading.extract import AFTER_THE_CLOCK


def prepare_visits(night: Night) -> int:
    """Merge the visits to visit days; returns the number of customers.

    Raises:
        InputError: if nobody visited before the as-of.
        StaleDataError: if the newest visit is older than allowed, and the settings say to refuse then.
    """
    rows = _taken(night, "visit")
    night.ids = rows.ids
    night.history = VisitHistory.from_rows(rows.code, rows.day, rows.value, len(rows.ids))
    data_through = int(rows.day.max())
    _note_extent(night, data_through, len(rows.ids))
    check_freshness(night, data_through, night.question.day - 1 - data_through)
    return len(rows.ids)


def prepare_sales(night: Night) -> int:
    """Put the sales on their calendar, and read what is known ahead of them; returns the number of series.

    Raises:
        InputError: if there are no sales before the as-of, or the settings refuse a gap or a duplicate; or if the
            source of covariates is there, but not as the settings say.
        StaleDataError: if the newest sale is older than allowed, and the settings say to refuse then.
    """
    rows = _taken(night, "sale")
    night.ids = rows.ids
    source = night.sections.source.sales
    try:
        panel = build_panel(
            rows.code,
            rows.day,
            rows.value,
            len(rows.ids),
            night.question.day,
            frequency=source.frequency,
            missing=source.missing,
            duplicates=source.duplicates,
            settings=night.sections.sales,
        )
    except MissingPeriodError as error:
        raise InputError(f"{error.reason} It is the series {rows.ids[error.series].as_py()!r}.", error.remedy) from None
    night.panel = panel
    _count_left_out(night, panel, rows)
    known = bool((panel.last_row > NO_ROW).any())
    through = min(panel.data_through, night.question.day - 1) if known else None
    _note_extent(night, through, len(rows.ids))
    if through is not None and panel.source_end < panel.end:  # a whole period is missing, not just the current one
        check_freshness(night, through, night.question.day - 1 - through)
    read_covariates(night)
    night.panel = replace(panel, covariates=night.covariates)
    return len(rows.ids)


def _taken(night: Night, what: str) -> SourceRows:
    rows, night.rows = night.rows, None
    if rows is None:
        raise RuntimeError("the sources have to be read before they are prepared")
    if not len(rows.day):
        raise InputError(
            f"There is no usable {what} before {night.question.as_of} ({night.facts.get('rows_read', 0)} rows were "
            f"read, {night.rejections.rows} of them rejected).",
            "Choose a later --as-of, fill the source, or see `nightcast show rejected` for why rows were not usable.",
        )
    return rows


def _note_extent(night: Night, data_through: int | None, subjects: int) -> None:
    night.facts["data_through"] = None if data_through is None else to_date(data_through)
    night.facts["subjects"] = subjects
    night.facts["rows_rejected"] = night.rejections.rows
    if data_through is None:
        night.warn("no period is wholly known at the as-of")


def _count_left_out(night: Night, panel: SalesPanel, rows: SourceRows) -> None:
    """Rows that the calendar has no place for; duplicates are resolved, not lost, and are counted all the same."""
    _reject_future(night, panel.calendar, rows)
    calendar = panel.calendar.frequency
    night.rejections.add("sales", f"not a period of the frequency {calendar}", panel.off_calendar, "")
    policy = night.sections.source.sales.duplicates
    reason = f"another row of the same series and period (duplicates = {policy})"
    night.rejections.add("sales", reason, panel.duplicates, "")


def _reject_future(night: Night, calendar: Calendar, rows: SourceRows) -> None:
    """Only a period that begins after the clock is wrong: the current month may be labelled with its last day."""
    days = np.array(sorted(rows.future), dtype=np.int64)
    today = to_day(night.question.clock.astimezone(ZoneInfo(night.question.timezone)).date())
    for day in days[calendar.first_day(calendar.ordinal(days)) > today].tolist():
        night.rejections.add("sales", AFTER_THE_CLOCK, rows.future[day], f"period {to_date(day)}")
