"""Forecasts.

Their tables have no foreign key to the ledger: rows are written in bulk before their run is published, and pruned in
bulk afterwards.
"""

from __future__ import annotations

from sqlalchemy import Column, Date, Double, Integer, SmallInteger, Text

from sql.tables.base import RUN, table
from sql.types import Identifier, Name

next_visit = table(
    "next_visit",
    "run and customer",
    Column("run_id", Name, primary_key=True, comment=RUN),
    Column("customer_id", Identifier, primary_key=True, comment="Customer, as in the source."),
    Column("last_visit_on", Date, nullable=False, comment="Last visit day."),
    Column("visit_days", Integer, nullable=False, comment="Number of visit days."),
    Column("elapsed_days", Integer, nullable=False, comment="Days from the last visit day to the as-of."),
    Column("amount_total", Double, comment="Sum of the known amounts; null if none is known."),
    Column("likely_bin", SmallInteger, nullable=False, comment="Most probable bin of the next visit."),
    Column("likely_bin_probability", Double, nullable=False, comment="Probability of that bin."),
    Column(
        "median_days_ahead",
        Double,
        comment="Day, counted from the as-of, by which the next visit has come with probability 0.5; "
        "null beyond the horizon.",
    ),
    Column(
        "return_probability",
        Double,
        nullable=False,
        comment="Probability of a visit within the horizon.",
    ),
)

next_visit_bin = table(
    "next_visit_bin",
    "run, customer and bin",
    Column("run_id", Name, primary_key=True, comment=RUN),
    Column("customer_id", Identifier, primary_key=True, comment="Customer, as in the source."),
    Column("bin", SmallInteger, primary_key=True, autoincrement=False, comment="Number of the bin, from 1."),
    Column(
        "probability",
        Double,
        nullable=False,
        comment="Probability that the next visit falls in the bin; those of a customer sum to 1.",
    ),
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

QUANTILES = {"q025": 2.5, **{f"q{share}": share for share in range(10, 100, 10)}, "q975": 97.5}
"""The columns of quantiles in order, and what they are in percent."""

sales_forecast = table(
    "sales_forecast",
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
    *(Column(name, Double, nullable=False, comment=f"{share} % quantile.") for name, share in QUANTILES.items()),
    Column(
        "model",
        Text,
        nullable=False,
        comment="Recipe that forecast the series; dead: zeros after its end.",
    ),
)

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
    "next_visit": (next_visit, next_visit_bin, visit_bin),
    "sales": (sales_forecast, series_status),
}
"""The tables that hold a product's forecasts, by product."""
