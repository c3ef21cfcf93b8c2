"""Preparing sales: from usable rows to a panel on its calendar, with covariates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from zoneinfo import ZoneInfo

import numpy as np

from models.sales.data.build import build_panel
from models.sales.data.calendar import Calendar
from models.sales.data.gaps import MissingPeriodError
from models.sales.data.labels.frequency import doubt, resolve_calendar
from models.sales.data.labels.weeks import Labels, settle_weeks
from models.sales.data.lengths import published_steps
from models.sales.data.panel import SalesPanel
from nightcast.errors import InputError
from nightcast.values import counted, to_date, to_day
from sql.ledger.model_versions import serving_version
from tasks.night import Night, SourceRows
from tasks.read import AFTER_THE_CLOCK
from tasks.sales.covariate_owners import sales_owner
from tasks.sales.covariates import read_covariates
from tasks.sales.groups import Grouping, read_groupings


@dataclass(frozen=True, eq=False)
class KnownSales:
    """The sales as two panels of the same shape.

    Attributes:
        observed: all values as in the source.
        panel: the same without outliers; recipes read this one.
        groupings: the groups over which forecasts are added up.
        published_steps: the steps that are published, where the horizon ends on a date; None: all of the horizon.
    """

    observed: SalesPanel
    panel: SalesPanel
    groupings: Sequence[Grouping] = ()
    published_steps: int | None = None


def known_sales(night: Night, rows: SourceRows) -> KnownSales:
    """Put the sales on their calendar, and add the covariates.

    Raises:
        InputError: if the settings reject a gap or a duplicate, or the source of covariates does not fit its settings.
    """
    panel = _panel(night, rows)
    _count_left_out(night, panel, rows)
    later = later_periods(panel, rows.last_day)
    owner, country = partial(sales_owner, night, rows.ids), night.sections.sales.country
    observed = replace(panel, covariates=read_covariates(night, owner, panel, later, country))
    groupings = read_groupings(night, rows.ids, night.sections.source.sales)
    steps = published_steps(night.sections.sales, panel.calendar, night.question.day)
    return KnownSales(observed, observed.without_outliers(), groupings, steps)


def later_periods(panel: SalesPanel, last_day: int) -> int:
    """The periods from the as-of on of which the source has rows, see `models.sales.data.covariates.Grid`."""
    return int(np.maximum(panel.calendar.ordinal(np.int64(last_day)) + 1 - panel.end, 0))


def _calendar(night: Night, rows: SourceRows) -> Calendar:
    """The calendar of the periods; what is guessed or doubtful about it is said."""
    setting = night.sections.source.sales.frequency
    calendar = resolve_calendar(setting, rows.day)
    said = ""
    if calendar.family == "W":
        calendar, said = settle_weeks(setting, calendar, _labels(night, rows))
    for sentence in filter(None, (said, doubt(setting, calendar, rows.day))):
        night.warn(sentence)
    return calendar


def _labels(night: Night, rows: SourceRows) -> Labels:
    question = night.question
    served = serving_version(night.database, night.product, question.as_of)
    shape = {} if served is None else served.parameters.get("shape", {})
    future = np.array(sorted(rows.future), dtype=np.int64)
    return Labels(rows.day, rows.value, question.day, rows.last_day, future, _today(night), shape.get("frequency", ""))


def _panel(night: Night, rows: SourceRows) -> SalesPanel:
    source = night.sections.source.sales
    try:
        return build_panel(
            rows.code,
            rows.day,
            rows.value,
            len(rows.ids),
            night.question.day,
            frequency=_calendar(night, rows).frequency,
            missing=source.missing,
            duplicates=source.duplicates,
            settings=night.sections.sales,
        )
    except MissingPeriodError as error:
        raise InputError(f"{error.reason} It is the series {rows.ids[error.series].as_py()!r}.", error.remedy) from None


def _count_left_out(night: Night, panel: SalesPanel, rows: SourceRows) -> None:
    """Count rows off the calendar, and say what was merged without having been asked for."""
    _reject_future(night, panel.calendar, rows)
    calendar = panel.calendar.frequency
    night.rejections.add("sales", f"not a period of the frequency {calendar}", panel.off_calendar, "")
    if panel.merged and night.sections.source.sales.duplicates == "auto":
        meaning = "the greatest counts" if panel.conflicts else "identical rows count once"
        night.warn(f"{merged_rows(panel)}; {meaning}, unless [source.sales] duplicates says otherwise")


def merged_rows(panel: SalesPanel) -> str:
    """How many rows were merged into others of their series and period, and their share, in words; empty if none."""
    if not panel.merged:
        return ""
    differing = f"; in {counted(panel.conflicts, 'period')} their values differ" if panel.conflicts else ""
    share = f"{panel.merged:,} of {panel.rows:,} sales rows ({panel.merged / panel.rows:.1%})"
    return f"{share} are merged into another row of the same series and period{differing}"


def _reject_future(night: Night, calendar: Calendar, rows: SourceRows) -> None:
    """Reject periods that begin after the clock; the current month may be labelled with its last day."""
    days = np.array(sorted(rows.future), dtype=np.int64)
    for day in days[calendar.first_day(calendar.ordinal(days)) > _today(night)].tolist():
        night.rejections.add("sales", AFTER_THE_CLOCK, rows.future[day], f"period {to_date(day)}")


def _today(night: Night) -> int:
    return to_day(night.question.clock.astimezone(ZoneInfo(night.question.timezone)).date())
