"""Our messages in Prefect's log."""

from __future__ import annotations

import logging

from flows.server.flow_log import without_traceback
from nightcast.errors import InputError


def logged(error: Exception) -> logging.LogRecord:
    try:
        raise error
    except Exception as raised:
        record = logging.LogRecord(
            "prefect", logging.ERROR, "", 0, "Execution %s: %r", ("failed", raised), (type(raised), raised, None)
        )
    assert without_traceback(record)
    return record


def test_an_error_of_ours_is_logged_with_its_reason_alone() -> None:
    record = logged(InputError("There is no table 'visits'.", "Load one."))
    assert record.getMessage() == "Execution failed: There is no table 'visits'. Load one."
    assert record.exc_info is None


def test_any_other_error_keeps_its_traceback() -> None:
    assert logged(ValueError("x")).exc_info is not None
