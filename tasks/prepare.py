"""The step `prepare`: turn rows into what recipes read, and check that the data are fresh."""

from __future__ import annotations

import re

from nightcast.errors import InputError, StaleDataError
from nightcast.rejections import Rejection
from nightcast.values import to_date
from sql.ledger.runs import was_ever_published
from tasks.conversion.moments import NO_DATE
from tasks.conversion.numbers import NO_NUMBER
from tasks.doubts.point_out import point_out
from tasks.night import Known, Model, Night, Prepared, SourceRows
from tasks.product import ProductSteps

FEW_UNREADABLE, MOST_UNREADABLE = 0.01, 0.5
"""The share of rows with an unreadable date or number from which on a night warns, and above which it fails."""

FEW_MISREAD = 0.05
"""The share of rows with a number beyond twelve in the place of the month from which on the others are misread."""

_BEYOND_TWELVE = re.compile(r"(?<!\S)\d{4}[-/.](1[3-9]|[2-4]\d|5[0-3])([-/.](?:0?[1-9]|1[0-2]))?$")


def prepare(night: Night, product: ProductSteps[Known, Model], rows: SourceRows) -> Prepared[Known]:
    """Prepare the rows of a source.

    Raises:
        InputError: if no row is usable, most are unreadable, or the settings reject the contents of the rows.
        StaleDataError: if the newest row is older than allowed, and `when_stale` is ``refuse``.
    """
    _judge_unreadable(night, product, rows)
    if not len(rows.day):
        raise InputError(
            f"[source.{product.source}] has no usable row before {night.question.as_of} "
            f"({rows.rows_read} rows were read, {night.rejections.rows} of them rejected).",
            "Choose a later --as-of, load more data, or look at rejected rows with `nightcast show rejected`.",
        )
    point_out(night, product, rows)
    prepared = product.prepare(night, rows)
    night.entry.subjects = len(prepared.ids)
    if prepared.data_through is None:
        night.warn("no period is wholly known at the as-of")
    else:
        night.entry.data_through = to_date(prepared.data_through)
    return prepared


def _judge_unreadable(night: Night, product: ProductSteps[Known, Model], rows: SourceRows) -> None:
    """Refuse a source of which most dates or numbers are unreadable, and warn about more than a few.

    What is left may be every other day, or numbers below a thousand: a forecast from it looks plausible, and is wrong.
    """
    for rejection in night.rejections:
        share = rejection.rows / rows.rows_read
        if rejection.source != product.source or not rejection.reason.endswith((NO_DATE, NO_NUMBER)):
            continue
        _refuse_misread_dates(product, rows, share, rejection)
        what = f"{rejection.rows:,} of {rows.rows_read:,} {product.source} rows ({share:.0%}) are unreadable"
        is_vital = rejection.reason == NO_DATE or product.source == "sales"  # a visit of any amount is one
        if share > MOST_UNREADABLE and is_vital:
            raise InputError(
                f"{what}: {rejection.reason} (for example {rejection.example}).",
                "Let the source, or a query that converts it, have dates in ISO 8601 and numbers with a decimal point.",
            )
        if share >= FEW_UNREADABLE:
            night.warn(f"{what}: {rejection.reason}")


def _refuse_misread_dates(
    product: ProductSteps[Known, Model], rows: SourceRows, share: float, rejection: Rejection
) -> None:
    """Refuse dates of which only those up to twelve are read: weeks as months, and days as months."""
    found = _BEYOND_TWELVE.search(rejection.example)
    if found is None or share < FEW_MISREAD:
        return
    days = rows.day.astype("datetime64[D]")
    day_of_month = (days - days.astype("datetime64[M]")).astype(int) + 1
    meaning = "the day may stand before the month" if found[2] else "they may be weeks"
    if day_of_month.max(initial=1) <= (12 if found[2] else 1):
        raise InputError(
            f"{rejection.rows:,} of {rows.rows_read:,} {product.source} rows ({share:.0%}) are not a date, such as "
            f"{found[0]}: {meaning}, and the others would be misread as months.",
            f"Let a query in [source.{product.source}] write dates as 2026-12-31, and weeks as 2026-W53.",
        )


FAR_DAYS = 90
"""A first night refuses data that end more than this many days before the as-of: the as-of was probably forgotten."""


def check_freshness(night: Night, product: ProductSteps[Known, Model], data_through: int) -> None:
    """Warn about stale data, or refuse them, as the source's settings say.

    A forecast from last month's data looks plausible, and is wrong. A product's first night refuses data that end more
    than `FAR_DAYS` and `stale_after_days` before the as-of.

    Args:
        night: the night that read the data.
        product: the product of the data.
        data_through: the last day that the data cover, in days since 1970-01-01.

    Raises:
        StaleDataError: if the data are stale and `when_stale` is ``refuse``, or far too old for a first night.
    """
    source = product.settings_of_source(night.sections.source)
    days = night.question.day - 1 - data_through
    if days <= source.stale_after_days:
        return
    if days > max(FAR_DAYS, source.stale_after_days) and not was_ever_published(night.database, night.product):
        raise StaleDataError(
            f"The {product.source} end on {to_date(data_through)}, {days} days before the as-of.",
            f"Did you mean --as-of {to_date(data_through + 1)}? For a first night from data this old, raise "
            f"stale_after_days in [source.{product.source}].",
        )
    reason = f"the {product.source} end on {to_date(data_through)}, {days} days before the as-of"
    if source.when_stale == "refuse":
        raise StaleDataError(
            f"The data are stale: {reason}, and {source.stale_after_days} are allowed.",
            f"Bring the source up to date, or change stale_after_days or when_stale in [source.{product.source}].",
        )
    night.warn(reason)
