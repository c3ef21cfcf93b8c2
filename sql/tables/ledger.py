"""The ledger of runs, and the locks of products."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, Double, Index, Integer, Text

from sql.tables.base import table
from sql.types import Identifier, Name, UtcDateTime

forecast_run = table(
    "forecast_run",
    "attempt at a product's forecast for an as-of",
    Column("run_id", Name, primary_key=True, comment="ID of the run, a UUIDv7."),
    Column("run_number", Integer, comment="Number of the run among those of its product; null: skipped."),
    Column("product", Name, nullable=False, comment="next_visit, sales or visit_counts."),
    Column("as_of", Date, nullable=False, comment="Date to forecast from: what happened before it is known."),
    Column(
        "status",
        Name,
        nullable=False,
        comment="running, published, superseded (by a later run of the as-of), failed, abandoned, skipped, or "
        "withdrawn (by a person).",
    ),
    Column("started_at", UtcDateTime, nullable=False, comment="When the run started."),
    Column("begun_on", Date, nullable=False, comment="Day of the start in the time zone of the settings."),
    Column("heartbeat_at", UtcDateTime, comment="Last heartbeat of the run."),
    Column("published_at", UtcDateTime, comment="When the run was published."),
    Column("finished_at", UtcDateTime, comment="When the run ended."),
    Column("host", Text, nullable=False, comment="Host of the process."),
    Column("pid", Integer, nullable=False, comment="Process ID."),
    Column("trigger", Text, nullable=False, comment="What started the run: a deployment or the command line."),
    Column("flow_run_id", Text, comment="Prefect's ID of the flow run."),
    Column("model_version", Identifier, comment="Model version that forecast; null for a baseline that is not stored."),
    Column("served", Text, comment="Recipe that forecast."),
    Column("retrained", Boolean, comment="Whether a model was trained."),
    Column("decision", Text, comment="Why a model was trained or loaded, and why it serves."),
    Column("notes", Text, comment="Warnings of the night, one per line."),
    Column("data_through", Date, comment="Newest day in the source."),
    Column("subjects", BigInteger, comment="Number of customers or series forecast."),
    Column("rows_read", BigInteger, comment="Number of usable source rows."),
    Column("rows_written", BigInteger, comment="Number of forecast rows written."),
    Column("rows_rejected", BigInteger, comment="Number of source rows rejected."),
    Column("stage_seconds", JSON, comment="Duration of each stage in seconds."),
    Column("settings", JSON, comment="Settings of the run, without secrets."),
    Column("code_version", Text, nullable=False, comment="Version of the program."),
    Column("error", Text, comment="Why the run failed or was abandoned."),
    Index(None, "product", "status", "as_of"),
    Index(None, "product", "run_number", unique=True),
)

product_lock = table(
    "product_lock",
    "product with a run under way",
    Column("product", Name, primary_key=True, comment="The product."),
    Column("run_id", Name, nullable=False, comment="Run that holds the lock."),
    Column("host", Text, nullable=False, comment="Host of its process."),
    Column("pid", Integer, nullable=False, comment="Its process ID."),
    Column("pid_space", Text, comment="Boot and namespaces in which the process ID counts; NULL if unknown."),
    Column(
        "process_started_at",
        Double,
        nullable=False,
        comment="Start of its process: clock ticks since the boot on Linux, elsewhere seconds since 1970-01-01.",
    ),
    Column("heartbeat_at", UtcDateTime, nullable=False, comment="Its last heartbeat, by the clock of the database."),
    Column("heartbeat_uptime", Double, comment="Its last heartbeat, in seconds since its host began to count."),
)

run_shard = table(
    "run_shard",
    "run that several processes share, and shard of its customers",
    Column("run_id", Name, primary_key=True, comment="Run that the shard belongs to."),
    Column("shard", Integer, primary_key=True, autoincrement=False, comment="Number of the shard, from 1."),
    Column("first_hash", Integer, nullable=False, comment="First hash of the identifiers of its customers."),
    Column("last_hash", Integer, nullable=False, comment="Last hash of the identifiers of its customers."),
    Column("artifact", Identifier, nullable=False, comment="What its workers need, in the model store."),
    Column("sha256", Name, nullable=False, comment="SHA-256 of that artifact."),
    Column("status", Name, nullable=False, comment="open, leased (a worker has it), done or failed."),
    Column("attempt", Integer, nullable=False, comment="How often it was leased; an earlier attempt may not write."),
    Column("failures", Integer, nullable=False, comment="How many attempts ended with an error."),
    Column("host", Text, comment="Host of its last worker."),
    Column("pid", Integer, comment="Its process ID."),
    Column("pid_space", Text, comment="Boot and namespaces in which the process ID counts."),
    Column("process_started_at", Double, comment="Start of its process, as in product_lock."),
    Column("leased_until", UtcDateTime, comment="Until when the lease lasts, by the clock of the database."),
    Column("leased_at", UtcDateTime, comment="When the last worker took it."),
    Column("finished_at", UtcDateTime, comment="When it was done or failed."),
    Column("rows_written", BigInteger, comment="Number of forecast rows; null until it is done."),
    Column(
        "outcome",
        JSON,
        comment="What its worker counted: rows read and rejected, customers, expected visits; null once published.",
    ),
    Column("error", Text, comment="The error of the last attempt that failed."),
)
