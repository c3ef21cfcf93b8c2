"""What came of published forecasts in plain words, and why tonight's differs from the one before."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Double, Integer, Text

from sql.tables.base import table
from sql.types import Name

product_trust = table(
    "product_trust",
    "product that has been published",
    Column("product", Name, primary_key=True, comment="next_visit, sales or visit_counts."),
    Column("as_of", Date, nullable=False, comment="As-of of the night that wrote the row."),
    Column("mark", Name, comment="good, watch or poor; null before the first review."),
    Column("sentence", Text, nullable=False, comment="What came true, in plain words."),
    Column("forecasts", Integer, nullable=False, comment="Number of reviewed forecasts that the figures are means of."),
    Column("part", Name, comment="Part of these forecasts: a bin, a stretch of steps, or all; null without any."),
    Column("scored_through", Date, comment="Last day that was reviewed; null without a review."),
    Column("is_backfill", Boolean, comment="Whether they were made after the day of their as-of; null without any."),
    Column("expected_customers", Double, comment="Customers expected in the part; null for other products."),
    Column("realised_customers", Double, comment="Customers who came in the part; null for other products."),
    Column("coverage_80", Double, comment="Share of values within the 80 % bands; null for next_visit."),
    Column("metric", Name, comment="Loss that the mark is about; null without a review."),
    Column("value", Double, comment="Mean of the metric over the forecasts; less is better."),
    Column("baseline_value", Double, comment="Mean of the baseline's."),
)

forecast_change = table(
    "forecast_change",
    "published run and measure: how it differs from the run before",
    Column("run_id", Name, primary_key=True, comment="Run that differs."),
    Column(
        "measure",
        Name,
        primary_key=True,
        comment="total: sum of the means over all series and periods; due: customers expected in the first bin; "
        "returning: customers expected within the horizon.",
    ),
    Column("product", Name, nullable=False, comment="next_visit, sales or visit_counts."),
    Column("as_of", Date, nullable=False, comment="As-of of the run."),
    Column("previous_run_id", Name, nullable=False, comment="Run of the as-of before."),
    Column("previous_as_of", Date, nullable=False, comment="As-of of that run."),
    Column("previous", Double, nullable=False, comment="What the run before expected."),
    Column("present", Double, nullable=False, comment="What this run expects."),
    Column(
        "by_calendar",
        Double,
        nullable=False,
        comment="Change by the days that entered the forecast less those that left it.",
    ),
    Column(
        "by_data",
        Double,
        comment="Change over the days of both by new data: the model before on tonight's data, less the run before; "
        "null if that model could not forecast tonight.",
    ),
    Column(
        "by_model",
        Double,
        comment="Change over the days of both by a new model: 0 where the same serves; null as by_data.",
    ),
)
