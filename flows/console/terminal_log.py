"""The log on stderr: lines for people, or one JSON object per line for programs.

Each line tells the moment, the level and, while a product's night is open, its as-of and run. JSON tells the product,
which messages for people name themselves, too.
"""

from __future__ import annotations

import datetime
import json
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

from flows.console.values import harmless, harmless_json

LogForm = Literal["text", "json"]

logger = logging.getLogger("nightcast")

_NIGHT: ContextVar[Mapping[str, str]] = ContextVar("night", default={})  # noqa: B039 - never changed in place
"""Product, as-of and run of the night that is open."""


@contextmanager
def night_in_log(product: str, as_of: datetime.date | None, run_id: str | None = None) -> Iterator[None]:
    """Name what is known of a night in every line that is logged within."""
    facts = {"product": product, "as_of": as_of, "run_id": run_id}
    token = _NIGHT.set({name: str(fact) for name, fact in facts.items() if fact is not None})
    try:
        yield
    finally:
        _NIGHT.reset(token)


RUN_CHARACTERS = 8
"""The end of a run's ID, by which a line names it, as names of models do."""


class _Lines(logging.Formatter):
    """``2026-11-27 03:30:12+0100 INFO [2026-11-27 9f86d081] message``."""

    def format(self, record: logging.LogRecord) -> str:
        facts = _NIGHT.get()
        known = [facts.get("as_of", ""), facts.get("run_id", "")[-RUN_CHARACTERS:]]
        night = f"[{' '.join(filter(None, known))}] " if any(known) else ""
        moment = datetime.datetime.fromtimestamp(record.created).astimezone()
        return harmless(f"{moment:%Y-%m-%d %H:%M:%S%z} {record.levelname} {night}{super().format(record)}")


class _JsonLines(logging.Formatter):
    """``{"time": ..., "level": ..., "message": ..., "product": ..., "as_of": ..., "run_id": ...}``."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        line = {"time": moment.isoformat(timespec="milliseconds"), "level": record.levelname.lower()}
        line |= {"message": record.getMessage(), **_NIGHT.get()}
        if remedy := getattr(record, "remedy", ""):
            line["remedy"] = remedy
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return harmless_json(json.dumps(line, ensure_ascii=False))


def log_to_terminal(form: LogForm = "text") -> None:
    """Log our own messages to stderr; as JSON also the warnings of libraries, so that every line is an object."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines() if form == "json" else _Lines())
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False  # Prefect adds its own handler to the root logger
    if form == "json":
        logging.captureWarnings(True)
        logging.getLogger("py.warnings").handlers = [handler]


def as_json() -> bool:
    """Whether messages have to be JSON, too."""
    return any(isinstance(handler.formatter, _JsonLines) for handler in logger.handlers)


def log_message(message: str, remedy: str | None = None) -> None:
    """Log a message of a command; one with a remedy is an error, even if the remedy is empty."""
    logger.log(logging.INFO if remedy is None else logging.ERROR, "%s", message, extra={"remedy": remedy or ""})


def end_json() -> None:
    """Log as text again."""
    if as_json():
        logger.handlers = []
        logging.captureWarnings(False)
        logging.getLogger("py.warnings").handlers = []
