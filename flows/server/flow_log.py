"""Our messages in Prefect's log, without tracebacks of errors that say themselves what is wrong."""

from __future__ import annotations

import logging

from nightcast.errors import NightcastError

LOGGERS = ("prefect.engine", "prefect.flow_runs", "prefect.task_runs")


def prepare_flow_log() -> None:
    """Let Prefect log our messages of every level, and our errors with reason and remedy alone; may be called again."""
    ours = logging.getLogger("nightcast")
    if ours.level == logging.NOTSET:  # else Prefect's root logger drops all but warnings
        ours.setLevel(logging.INFO)
    for name in LOGGERS:
        logging.getLogger(name).addFilter(without_traceback)


def without_traceback(record: logging.LogRecord) -> bool:
    """Replace the traceback of an error of ours by its message; keeps every record."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, NightcastError):
        record.msg, record.args = "%s: %s", (record.getMessage().partition(":")[0], error)
        record.exc_info = record.exc_text = None
    return True
