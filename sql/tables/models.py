"""Model versions, their evaluations, reviews of their forecasts, and searches for better settings."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, Double, Index, Integer, SmallInteger, Text

from sql.tables.base import table
from sql.types import Identifier, Name, UtcDateTime

model_version = table(
    "model_version",
    "trained model",
    Column("model_version", Identifier, primary_key=True, comment="Product, as-of and end of the run's ID."),
    Column("product", Name, nullable=False, comment="next_visit, sales or visit_counts."),
    Column(
        "status",
        Name,
        nullable=False,
        comment="champion (serves), challenger (not published yet), retired (served before) or rejected.",
    ),
    Column("trained_at", UtcDateTime, nullable=False, comment="When it was trained."),
    Column("promoted_at", UtcDateTime, comment="When it became champion; null if it never did, or is not known."),
    Column("as_of", Date, nullable=False, comment="As-of of the training."),
    Column("artifact", Text, comment="Its artifact in the model store; null if there is none."),
    Column("sha256", Name, comment="SHA-256 of the artifact."),
    Column("parameters", JSON, nullable=False, comment="Its recipe, and the settings that shaped it."),
    Column("metrics", JSON, nullable=False, comment="Means of its scores over all past origins."),
    Index(None, "product", "status", "as_of"),
)

evaluation = table(
    "evaluation",
    "model version, origin, segment, metric and baseline",
    Column("model_version", Identifier, primary_key=True, comment="Model version that was evaluated."),
    Column("product", Name, nullable=False, comment="next_visit, sales or visit_counts."),
    Column("as_of", Date, primary_key=True, comment="Origin: past as-of that was forecast from."),
    Column("segment", Name, primary_key=True, comment="Customers, series or steps that were measured; all: every one."),
    Column("metric", Name, primary_key=True, comment="Name of the metric."),
    Column("value", Double, comment="Score of the model."),
    Column("baseline", Name, primary_key=True, comment="Recipe of the baseline."),
    Column("baseline_value", Double, comment="Score of the baseline."),
)

forecast_score = table(
    "forecast_score",
    "reviewed run, part and metric",
    Column("run_id", Name, primary_key=True, comment="Run that was reviewed."),
    Column("product", Name, nullable=False, comment="next_visit, sales or visit_counts."),
    Column("as_of", Date, nullable=False, comment="As-of of the run."),
    Column(
        "part",
        Name,
        primary_key=True,
        comment="Part of the forecast: a bin, such as 1-7, a stretch of steps, or all.",
    ),
    Column("scored_through", Date, nullable=False, comment="Last day of the part."),
    Column("metric", Name, primary_key=True, comment="Name of the metric."),
    Column("value", Double, comment="Score of the published forecast."),
    Column("baseline_value", Double, comment="Score of the baseline of the same as-of."),
    Column(
        "is_backfill",
        Boolean,
        nullable=False,
        comment="Whether the run began after the day of its as-of, when what was forecast could be known already.",
    ),
    # Stored, since every database computes the week of a date in its own way.
    Column("week", Date, comment="Monday on or before the as-of."),
)

series_score = table(
    "series_score",
    "reviewed run, series, part and metric",
    Column("run_id", Name, primary_key=True, comment="Run that was reviewed."),
    Column("series_id", Identifier, primary_key=True, comment="Series, as in the source."),
    Column("part", Name, primary_key=True, comment="Part of the forecast: a stretch of steps, or all."),
    Column("metric", Name, primary_key=True, comment="Name of the metric."),
    Column("product", Name, nullable=False, comment="sales or visit_counts."),
    Column("as_of", Date, nullable=False, comment="As-of of the run."),
    Column("scored_through", Date, nullable=False, comment="Last day of the part."),
    Column("value", Double, comment="Score of the published forecast."),
    Column("baseline_value", Double, comment="Score of the baseline of the same as-of."),
    Column("is_backfill", Boolean, nullable=False, comment="Whether the run began after the day of its as-of."),
    Index(None, "product", "series_id"),
)

visit_calibration = table(
    "visit_calibration",
    "reviewed run, part, and group of customers of equal size, by predicted probability",
    Column("run_id", Name, primary_key=True, comment="Run that was reviewed."),
    Column("part", Name, primary_key=True, comment="Bin, such as 1-7, or all: a visit within the horizon."),
    Column(
        "group_number",
        SmallInteger,
        primary_key=True,
        autoincrement=False,
        comment="Number of the group, from 1: the customers with the smallest probabilities.",
    ),
    Column("as_of", Date, nullable=False, comment="As-of of the run."),
    Column("scored_through", Date, nullable=False, comment="Last day of the part."),
    Column("predicted", Double, nullable=False, comment="Mean predicted probability of the group."),
    Column("realised", Double, nullable=False, comment="Share of the group that came."),
    Column("customers", Integer, nullable=False, comment="Number of customers in the group."),
    Column("is_backfill", Boolean, nullable=False, comment="Whether the run began after the day of its as-of."),
)

search_trial = table(
    "search_trial",
    "trial of a search for better settings",
    Column("trial_id", Name, primary_key=True, comment="ID of the trial, a UUIDv7."),
    Column("product", Name, nullable=False, comment="next_visit, sales or visit_counts."),
    # Trials of another shape cannot be compared.
    Column("shape", Name, nullable=False, comment="Digest of the settings that shape the model."),
    Column("as_of", Date, nullable=False, comment="As-of of the search."),
    Column("number", Integer, nullable=False, comment="Number of the trial; 0 has the present settings."),
    Column("parameters", JSON, nullable=False, comment="Settings of the trial."),
    Column("value", Double, comment="Its loss; null if the settings could not be used."),
    Column("seconds", Double, nullable=False, comment="Its duration in seconds."),
    Column("tried_at", UtcDateTime, nullable=False, comment="When it ended."),
    Column("code_version", Text, nullable=False, comment="Version of the program."),
    Index(None, "product", "shape", "as_of"),
)
