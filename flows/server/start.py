"""Starting nights by hand: as Prefect flows if a server is configured, else in this process, without Prefect."""

from __future__ import annotations

import datetime
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from flows.night.ending import EXIT_CODE
from flows.night.guards import check_clock
from flows.night.request import NightRequest, WholeNight
from flows.night.session import open_checked, resolved_as_of
from flows.notify.send import told_if_it_fails
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
def run_nights(as_ofs: Sequence[datetime.date | None], request: NightRequest, *, quiet: bool) -> list[WholeNight]:
    """Run a night for each as-of, in order.

    Args:
        as_ofs: the as-ofs, None for today.
        request: all other parameters of the nights.
        quiet: suppress Prefect's messages.

    Returns:
        The results of each night.

    Raises:
        NightcastError: if the settings, the tables, an as-of or a clock are wrong, before any night is started.
    """
    settings = load_settings(request.config)
    with told_if_it_fails(settings.notify, "at its start"):
        check_clock(open_checked(settings))  # fail before slow imports
        for as_of in as_ofs:
            resolved_as_of(request.model_copy(update={"as_of": as_of}), settings)
    prefect_defaults.apply(quiet=quiet)
    run = _run_as_flow if is_server_configured() else _run_here
    return [run(request.model_copy(update={"as_of": as_of})) for as_of in as_ofs]


def _run_as_flow(request: NightRequest) -> WholeNight:
    """One night that Prefect's server shows."""
    from flows.nightly import night_of, nightly

    state: Any = nightly(request, return_state=True)
    return night_of(state)


def _run_here(request: NightRequest) -> WholeNight:
    """One night in this process: Prefect and a temporary server would take longer to start than many nights take."""
    from flows.night.product_night import product_night
    from flows.night.whole_night import whole_night

    return whole_night(request, product_night)
