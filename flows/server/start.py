"""Starting nights by hand: as Prefect flows if a server is configured, else in this process, without Prefect."""

from __future__ import annotations

import datetime
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from flows.night.ending import EXIT_CODE
from flows.night.request import NightRequest, Result
from flows.night.session import open_checked
from flows.server import defaults as prefect_defaults
from flows.server.configured import is_server_configured
from flows.settings import load_settings

COMMAND_LINE = "command line"
"""The trigger of nights that are started by hand."""


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Turn SIGTERM into an exit that closes runs.

    While a flow runs, Prefect's handler raises `TerminationSignal`, closes its runs, and forwards the signal to this
    handler. Deployments do not use it: Prefect's runner handles the signal there.
    """
    if threading.current_thread() is not threading.main_thread():  # only it may set handlers
        yield
        return
    before = signal.signal(signal.SIGTERM, _exit)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _exit(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(EXIT_CODE)


@ended_by_sigterm()
def run_nights(as_ofs: Sequence[datetime.date | None], request: NightRequest, *, quiet: bool) -> list[Result]:
    """Run a night for each as-of, in order.

    Args:
        as_ofs: the as-ofs, None for today.
        request: all other parameters of the nights.
        quiet: suppress Prefect's messages.

    Returns:
        The outcome of each night and product; a failure is the error itself.

    Raises:
        NightcastError: if the settings or the tables are wrong, before any night is started.
    """
    open_checked(load_settings(request.config))  # fail before slow imports
    prefect_defaults.apply(quiet=quiet)
    run = _run_as_flow if is_server_configured() else _run_here
    return [result for as_of in as_ofs for result in run(request.model_copy(update={"as_of": as_of}))]


def _run_as_flow(request: NightRequest) -> list[Result]:
    """One night that Prefect's server shows."""
    from flows.nightly import nightly, results_of

    state: Any = nightly(request, return_state=True)
    return results_of(state)


def _run_here(request: NightRequest) -> list[Result]:
    """One night in this process: Prefect and a temporary server would take longer to start than many nights take."""
    from flows.night.product_night import product_night
    from flows.night.whole_night import whole_night

    return whole_night(request, product_night).results
