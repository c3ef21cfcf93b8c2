"""Forecasts.

Their tables have no foreign key to the ledger: rows are written in bulk before their run is published, and pruned in
bulk afterwards.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, Date, Double, Index, Integer, PrimaryKeyConstraint, SmallInteger, Table, Text

from nightcast.values import MOST_BINS
from sql.tables.base import RUN, table
from sql.types import Identifier, Name, Single

BIN_COLUMNS = tuple(f"probability_{number}" for number in range(1, MOST_BINS))
"""The columns of the bins but the last one, in order."""

next_visit_stored = table(
    "next_visit_stored",
    "run and customer, as forecasts are stored: read the views next_visit and next_visit_bin instead",
    # The widest columns first and the text last, since PostgreSQL aligns each column to its width.
    *(
        Column(name, Double, comment=f"Probability that the next visit falls in bin {number}; null beyond the bins.")
        for number, name in enumerate(BIN_COLUMNS, 1)
    ),
    Column("amount_total", Double, comment="Sum of the known amounts; null if none is known."),
    Column("amount_year", Double, comment="Sum of the known amounts of the last 365 days; null if none is known."),
    Column("expected_visits_28", Double, comment="Expected number of visit days in the 28 days from the as-of on."),
    Column("expected_visits_365", Double, comment="Expected number of visit days in the 365 days from the as-of on."),
    Column(
        "expected_amount_365",
        Double,
        comment="Expected sum of amounts in the 365 days from the as-of on; null if no amount of any customer is "
        "known.",
    ),
    Column(
        "usual_interval_days",
        Single,
        comment="Usual days between visit days of this customer, drawn towards those of all; null before a second one.",
    ),
    Column(
        "habit_probability",
        Single,
        comment="Probability of a visit within the horizon by the customer's rhythm alone.",
    ),
    Column(
        "season_probability",
        Single,
        comment="Probability of a visit within the horizon by rhythm and season; what is left to return_probability is "
        "personal.",
    ),
    Column(
        "run_number",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="Number of the run in forecast_run, in place of its long ID.",
    ),
    Column("last_visit_on", Date, nullable=False, comment="Last visit day."),
    Column("elapsed_days", Integer, nullable=False, comment="Days from the last visit day to the as-of."),
    *(
        Column(
            f"date_{share}",
            Date,
            comment=f"Day by which the next visit has come with probability 0.{share // 10}; null beyond a year.",
        )
        for share in (10, 50, 90)
    ),
    Column("booked_on", Date, comment="Day of the next booking; null without one."),
    Column(
        "median_days_ahead",
        SmallInteger,
        comment="Day, counted from the as-of, by which the next visit has come with probability 0.5; "
        "null beyond a year.",
    ),
    Column("likely_bin", SmallInteger, nullable=False, comment="Most probable bin of the next visit."),
    Column("visit_days", SmallInteger, nullable=False, comment="Number of visit days."),
    Column("state_number", SmallInteger, comment="1 new, 2 regular, 3 due, 4 overdue, 5 lapsing, 6 lost."),
    Column("customer_id", Identifier, primary_key=True, comment="Customer, as in the source."),
    PrimaryKeyConstraint("run_number", "customer_id"),
    Index(None, "run_number", "probability_1"),
    Index(None, "run_number", "state_number"),
)

visit_bin = table(
    "visit_bin",
    "run and bin",
    Column("run_id", Name, primary_key=True, comment=RUN),
    Column("bin", SmallInteger, primary_key=True, autoincrement=False, comment="Number of the bin, from 1."),
    Column("from_day", Integer, nullable=False, comment="First day of the bin; the as-of is day 1."),
    Column("to_day", Integer, comment="Last day of the bin; null: later or never."),
    Column("label", Text, nullable=False, comment="Name of the bin, such as 8-14 or later."),
    # Stored, since every database adds days to a date in its own way.
    Column("from_date", Date, nullable=False, comment="Date of the first day."),
    Column("to_date", Date, comment="Date of the last day; null: later or never."),
)

next_visit_day = table(
    "next_visit_day",
    "run and day of the horizon",
    Column("run_id", Name, primary_key=True, comment=RUN),
    Column("day", Integer, primary_key=True, autoincrement=False, comment="Number of the day; the as-of is day 1."),
    Column("date", Date, nullable=False, comment="Date of the day."),
    Column(
        "customers",
        Double,
        nullable=False,
        comment="Expected number of customers whose next visit falls on the day; new customers are not among them.",
    ),
)

QUANTILES = {"q025": 2.5, **{f"q{share}": share for share in range(10, 100, 10)}, "q975": 97.5}
"""The columns of quantiles in order, and what they are in percent."""


def _quantiles() -> list[Column[float]]:
    return [Column(name, Double, nullable=False, comment=f"{share} % quantile.") for name, share in QUANTILES.items()]


def _series_forecast(name: str, *more: Column[Any]) -> Table:
    return table(
        name,
        "run, series and step",
        Column("run_id", Name, primary_key=True, comment=RUN),
        Column("series_id", Identifier, primary_key=True, comment="Series, as in the source."),
        Column("period", Date, nullable=False, comment="Period that is forecast, as the source labels it."),
        Column(
            "step",
            Integer,
            primary_key=True,
            autoincrement=False,
            comment="1 is the first period that is not wholly known at the as-of.",
        ),
        Column("mean", Double, nullable=False, comment="Expected value."),
        *_quantiles(),
        Column(
            "model",
            Text,
            nullable=False,
            comment="Recipe that forecast the series; dead: zeros after its end.",
        ),
        Column(
            "known_effect",
            Double,
            comment="What inputs that are known ahead add to the mean, such as promotions and holidays; null without "
            "any.",
        ),
        *more,
    )


sales_forecast = _series_forecast("sales_forecast")
visit_count_forecast = _series_forecast(
    "visit_count_forecast",
    Column("booked", Double, comment="Customers with a booking for the day; null where bookings are not known."),
    Column("year_ago", Double, comment="Customers on the same weekday a year ago, 364 days before; null: unknown."),
)


def _totals(name: str) -> Table:
    return table(
        name,
        "run, level, group and span of time",
        Column("run_id", Name, primary_key=True, comment=RUN),
        Column(
            "level",
            Identifier,
            primary_key=True,
            comment="Of what it is the total: series (one of them), the column of a group, or all.",
        ),
        Column("group_value", Identifier, primary_key=True, comment="The series, the group's value, or all."),
        Column("span", Name, primary_key=True, comment="period, week, month or horizon."),
        Column("from_period", Date, primary_key=True, comment="First period of the span that is forecast."),
        Column("to_period", Date, nullable=False, comment="Last period of the span that is forecast."),
        Column("is_whole", Boolean, nullable=False, comment="Whether all periods of the week or month are forecast."),
        Column("mean", Double, nullable=False, comment="Expected value; adds up exactly over groups and spans."),
        *_quantiles(),
    )


sales_total = _totals("sales_total")
visit_count_total = _totals("visit_count_total")

series_status = table(
    "series_status",
    "run and series",
    Column("run_id", Name, primary_key=True, comment=RUN),
    Column("series_id", Identifier, primary_key=True, comment="Series, as in the source."),
    Column("status", Name, nullable=False, comment="forecast, fallback or skipped."),
    Column(
        "model",
        Text,
        comment="Recipe that forecast the series; dead: zeros after its end; null: skipped.",
    ),
    Column("reason", Text, comment="Why a fallback forecast it, why it was skipped, or which values were ignored."),
    Column("observations", Integer, nullable=False, comment="Number of known values."),
    Column("last_period", Date, comment="Last period with a known value."),
    Column("skill", Double, comment="1 - error / error of seasonal naive, on past origins; null if not measured."),
)

FORECAST_TABLES = {
    "next_visit": (next_visit_stored, next_visit_day, visit_bin),
    "sales": (sales_forecast, sales_total, series_status),
    "visit_counts": (visit_count_forecast, visit_count_total, series_status),
}
"""The tables that hold a product's forecasts, by product."""
