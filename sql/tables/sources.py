"""Loaded files, rejected rows, and visits that are kept from night to night."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Text

from sql.tables.base import table
from sql.types import Name, UtcDateTime

source_load = table(
    "source_load",
    "loaded file",
    Column("load_id", Name, primary_key=True, comment="ID of the load, a UUIDv7."),
    Column("source", Name, nullable=False, comment="visits, sales or covariates."),
    Column("file_name", Text, nullable=False, comment="Name of the file."),
    Column("sha256", Name, nullable=False, comment="SHA-256 of the file."),
    Column("rows", BigInteger, nullable=False, comment="Number of rows loaded."),
    Column(
        "rows_known",
        BigInteger,
        nullable=False,
        comment="Number of rows that were in the table before: visits were not added again, other rows were replaced.",
    ),
    Column("rows_rejected", BigInteger, nullable=False, comment="Number of rows rejected."),
    Column("loaded_at", UtcDateTime, nullable=False, comment="When it was loaded."),
    Index(None, "source", "sha256"),
)

rejected_row = table(
    "rejected_row",
    "run or load, and reason",
    Column("rejection_id", Name, primary_key=True, comment="ID of the row, a UUIDv7."),
    Column("run_id", Name, comment="Run that rejected the rows; null for a load."),
    Column("load_id", Name, comment="Load that rejected the rows; null for a run."),
    Column("source", Name, nullable=False, comment="visits, sales or covariates."),
    Column("reason", Text, nullable=False, comment="Why the rows were rejected."),
    Column("rows", BigInteger, nullable=False, comment="Number of rows rejected."),
    Column("example", Text, comment="One of them; identifiers are masked."),
    Index(None, "run_id"),
    Index(None, "load_id"),
)

kept_visits = table(
    "kept_visits",
    "part of the visits that are kept from night to night",
    Column("part", Name, primary_key=True, comment="base, or recent: what has changed since."),
    Column("artifact", Text, nullable=False, comment="Its folder in the model store."),
    Column("sha256", Name, nullable=False, comment="SHA-256 of the artifact."),
    Column("settings_sha256", Name, nullable=False, comment="Digest of the settings that say what rows mean."),
    Column("rows", BigInteger, nullable=False, comment="Number of its visits."),
    Column("kept_at", UtcDateTime, nullable=False, comment="Clock of the night that read them."),
)
