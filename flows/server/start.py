"""Starting nights by hand; Prefect starts a temporary server if none is configured."""

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
    """Turn SIGTERM into an exit, so that runs are closed and a temporary server is stopped.

    While a flow runs, Prefect's handler raises `TerminationSignal`, closes its runs, and forwards the signal to this
    one. Deployments do not use this: Prefect's runner handles the signal there.
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
        as_ofs: the as-ofs, None for today.
        products: the products, None for those of the settings.
        retrain: whether to train.
        dry_run: compute everything, write nothing.
        config: the settings file.
        quiet: suppress Prefect's messages.
        again: forecast as-ofs again that are already published.

    Returns:
        The outcome of each night and product; a failure is the error itself.

    Raises:
        NightcastError: if the settings or the tables are wrong, before any night is started.
    """
    open_checked(load_settings(config))  # fail before Prefect takes seconds to start
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
        outcomes = state.result(raise_on_failure=False)
        results += outcomes if isinstance(outcomes, list) else [outcomes]
    return results
