"""Studies and their scores."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Double, Index, Integer, Text

from sql.tables.base import table
from sql.types import Identifier, Name, UtcDateTime

study = table(
    "study",
    "study that was run",
    Column("study_id", Name, primary_key=True, comment="ID of the study, a UUIDv7."),
    Column("name", Identifier, nullable=False, comment="Name in the study's file."),
    Column("title", Text, nullable=False, comment="Title of its page."),
    Column("kind", Name, nullable=False, comment="series, waves or intervals."),
    Column("started_at", UtcDateTime, nullable=False, comment="When it started."),
    Column("finished_at", UtcDateTime, nullable=False, comment="When it ended."),
    Column("seconds", Double, nullable=False, comment="Its duration in seconds."),
    Column("repeats", Integer, nullable=False, comment="Repeats of each configuration."),
    Column("seed", BigInteger, nullable=False, comment="Seed of all random numbers."),
    Column("settings", JSON, nullable=False, comment="Settings of its file, including defaults."),
    # Files with different bytes may have the same settings.
    Column("sha256", Name, nullable=False, comment="SHA-256 of its file."),
    Column("code_version", Text, nullable=False, comment="Version of the program."),
    Index(None, "name", "started_at"),
)

study_score = table(
    "study_score",
    "study, configuration, metric and repeat",
    Column("study_id", Name, primary_key=True, comment="The study."),
    Column("configuration", Identifier, primary_key=True, comment="Name of the configuration."),
    Column("metric", Identifier, primary_key=True, comment="Name of the metric."),
    Column("repeat", Integer, primary_key=True, autoincrement=False, comment="Number of the repeat, from 1."),
    Column("value", Double, comment="Score of the repeat; null if it diverged."),
)
