"""Starting nights by hand, with no Prefect server set up: a temporary one is started where none is configured."""

from __future__ import annotations

import datetime
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NoReturn

from flows.night.ending import EXIT_CODE
from flows.night.request import NightRequest, Outcome
from flows.night.session import open_checked
from flows.server import defaults as prefect_defaults
from flows.settings import load_settings
from nightcast.values import Product

Result = Outcome | BaseException


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end this process as an exit, so that runs are closed and a temporary server is stopped.

    While a flow runs, Prefect's own handler raises its `TerminationSignal`, closes its runs, and hands the signal on to
    this one; in a deployment nothing comes through here, and Prefect's runner decides.
    """
    if threading.current_thread() is not threading.main_thread():  # which alone may set handlers
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
def run_nights(
    as_ofs: Sequence[datetime.date | None],
    products: list[Product] | None,
    retrain: Literal["auto", "always", "never"],
    dry_run: bool,
    config: Path | None,
    *,
    quiet: bool,
    again: bool = True,
) -> list[Result]:
    """Run a night for each as-of, in order.

    Args:
        as_ofs: the dates, None for today.
        products: what to forecast, None for what the settings say.
        retrain: whether to train.
        dry_run: compute everything, write nothing.
        config: the settings file.
        quiet: leave Prefect's own messages out.
        again: forecast what has been published already once more.

    Returns:
        For each night and product what came of it; a failure is the error itself.

    Raises:
        NightcastError: if the settings or the tables are wrong, before anything is started.
    """
    open_checked(load_settings(config))  # says what is wrong before Prefect takes its seconds to start
    prefect_defaults.apply(quiet=quiet)
    from flows.nightly import nightly

    results: list[Result] = []
    for as_of in as_ofs:
        request = NightRequest(
            as_of=as_of,
            products=products,
            retrain=retrain,
            dry_run=dry_run,
            again=again,
            config=config,
            trigger="command line",
        )
        state: Any = nightly(request, return_state=True)
        found = state.result(raise_on_failure=False)
        results += found if isinstance(found, list) else [found]
    return results
