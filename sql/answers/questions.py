"""Ten questions that people ask, as readings of views; `docs/sql.md` has each of them in SQL.

The first line of each function is the question's heading there.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field

from sql.answers.reading import USUAL_ROWS, Filter, Limit, Reading

Customer = Annotated[str, Field(description="Identifier of the customer, as in the source.")]
Series = Annotated[str, Field(description="Identifier of the series, as in the source.")]

_WORTH = "expected_amount_365 desc"


def customers_to_remind(limit: Limit = USUAL_ROWS) -> Reading:
    """Who should be reminded, being overdue on their own rhythm?

    Customers who have been away for longer than is usual for them and are still likely to come, those worth most first.
    """
    columns = "customer_id last_visit_on usual_interval_days overdue_days return_probability expected_amount_365"
    overdue = Filter(column="state", value="overdue")
    return _of_customers(columns, (overdue,), (_WORTH, "customer_id"), limit)


def next_visit_of(customer_id: Customer) -> Reading:
    """When will this customer come?

    The next visit has come with probability 0.1 by `date_10`, 0.5 by `date_50`, 0.9 by `date_90`; null: beyond a year.
    """
    columns = "customer_id last_visit_on date_10 date_50 date_90 likely_bin_probability return_probability"
    return _of_customers(columns, (_is("customer_id", customer_id),))


def visits_on(day: Annotated[datetime.date, Field(description="The day, ahead of the newest as-of.")]) -> Reading:
    """How many visits will Saturday see?

    Expected customers of a day with an 80 % band (q10 to q90): the series `all`, and one for each group, such as a
    store.
    """
    columns = "series_id from_date expected q10 q90 known_customers booked year_ago"
    filters = (_is("span", "day"), _is("from_date", day.isoformat()))
    return Reading("rpt_visits_ahead", tuple(columns.split()), filters, ("series_id",))


def visits_of_coming_weeks() -> Reading:
    """How many visits will the coming weeks see, against last year?

    Expected customers of each whole calendar week ahead with an 80 % band, beside those of the same days a year ago.
    """
    columns = "from_date to_date expected q10 q90 year_ago"
    filters = (_is("span", "week"), _is("series_id", "all"), _is("is_whole", True))
    return Reading("rpt_visits_ahead", tuple(columns.split()), filters, ("from_date",))


def sales_ahead() -> Reading:
    """What will next month bring?

    Totals of all series over the horizon and over each calendar month in it, with bands that are honest for sums. Of a
    month with `is_whole` false only the part from `from_period` to `to_period` is forecast.
    """
    columns = "level group_value from_period to_period is_whole mean q10 q90"
    filters = (_is("level", "all"), Filter(column="span", comparison="in", value=["month", "horizon"]))
    return Reading("latest_sales_total", tuple(columns.split()), filters, ("span", "from_period"))


def worth_of_customers(limit: Limit = USUAL_ROWS) -> Reading:
    """What is a customer worth in a year?

    Visits and amounts to expect of each customer in the 365 days from the as-of on, those worth most first.
    """
    columns = "customer_id visit_days amount_year expected_visits_365 expected_amount_365 state"
    return _of_customers(columns, (), (_WORTH,), limit)


def reasons_for(customer_id: Customer) -> Reading:
    """Why does it say so?

    The probability that the customer returns within the horizon: by the customer's own rhythm alone
    (`habit_probability`), with the season (`season_probability`), and with what is personal (`return_probability`).
    """
    columns = "customer_id elapsed_days visit_days habit_probability season_probability return_probability"
    return _of_customers(columns, (_is("customer_id", customer_id),))


def trust() -> Reading:
    """Should I believe it?

    For each product a sentence on how its forecasts of the last weeks turned out, and a mark: good, watch or poor.
    """
    return Reading("rpt_trust", ("product", "mark", "sentence"), (), ("product",))


def was_it_right(
    series_id: Series,
    as_of: Annotated[datetime.date, Field(description="The date that was forecast from.")],
    product: Literal["sales", "visit_counts"] = "sales",
    limit: Limit = USUAL_ROWS,
) -> Reading:
    """Was it right last month?

    What a published run of a past as-of forecast for a series, beside what came (`value`); `is_in_band` says whether
    that is within q10 to q90.
    """
    columns = "period step mean q10 q90 value is_in_band"
    filters = (_is("product", product), _is("series_id", series_id), _is("as_of", as_of.isoformat()))
    return Reading("rpt_forecast_vs_actual", tuple(columns.split()), filters, ("period",), limit)


def changes_since_last_night(
    as_of: Annotated[datetime.date, Field(description="Tonight's as-of: `trust` and `rpt_freshness` name it.")],
) -> Reading:
    """What has changed since last night, and why?

    Sums of tonight's forecasts beside those of the run before; the difference by the calendar, by new data and by the
    model.
    """
    columns = "product measure previous present difference by_calendar by_data by_model"
    filters = (_is("as_of", as_of.isoformat()),)
    return Reading("rpt_forecast_changes", tuple(columns.split()), filters, ("product", "measure"))


QUESTIONS: tuple[Callable[..., Reading], ...] = (
    customers_to_remind,
    next_visit_of,
    visits_on,
    visits_of_coming_weeks,
    sales_ahead,
    worth_of_customers,
    reasons_for,
    trust,
    was_it_right,
    changes_since_last_night,
)
"""The ten questions; their parameters are those of the functions."""


def heading(question: Callable[..., Reading]) -> str:
    """A question as people ask it: its heading in `docs/sql.md`."""
    return (question.__doc__ or "").partition("\n")[0]


def _is(column: str, value: str | bool) -> Filter:
    return Filter(column=column, value=value)


def _of_customers(
    columns: str, filters: tuple[Filter, ...], order_by: tuple[str, ...] = (), limit: int = USUAL_ROWS
) -> Reading:
    return Reading("latest_next_visit", tuple(columns.split()), filters, order_by, limit)
