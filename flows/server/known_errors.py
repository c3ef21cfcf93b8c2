"""Prefect's log without tracebacks of errors that say themselves what is wrong."""

from __future__ import annotations

import logging

from nightcast.errors import NightcastError

LOGGERS = ("prefect.engine", "prefect.flow_runs", "prefect.task_runs")


def log_known_errors_without_traceback() -> None:
    """Let Prefect log our own errors with reason and remedy alone; may be called again."""
    for name in LOGGERS:
        logging.getLogger(name).addFilter(without_traceback)


def without_traceback(record: logging.LogRecord) -> bool:
    """Replace the traceback of an error of ours by its message; keeps every record."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, NightcastError):
        record.msg, record.args = "%s: %s", (record.getMessage().partition(":")[0], error)
        record.exc_info = record.exc_text = None
    return True
