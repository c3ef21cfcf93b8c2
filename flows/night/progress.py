"""The progress of a stage: a bar on a terminal, a progress artifact in a deployment, nothing elsewhere."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from flows.console.terminal_log import as_json
from flows.night.flow_context import in_flow
from models.common.selection import Progress, no_progress

logger = logging.getLogger("nightcast")

ARTIFACT_SECONDS = 2.0
"""Seconds between two updates of a progress artifact, each of which is a request to the server."""


@contextmanager
def show_progress(stage: str) -> Iterator[Progress]:
    """Show the progress of `stage`, and log its duration."""
    started = time.monotonic()
    with _shown(stage) as progress:
        yield progress
    logger.info("%s: %.1f s", stage, time.monotonic() - started)


@contextmanager
def _shown(stage: str) -> Iterator[Progress]:
    if _in_deployment():
        yield _artifact(stage)
    elif sys.stderr.isatty() and not as_json():
        with _bar(stage) as progress:
            yield progress
    else:
        yield no_progress


def _in_deployment() -> bool:
    if not in_flow():
        return False
    from prefect.context import FlowRunContext

    context = FlowRunContext.get()
    return context is not None and context.flow_run is not None and context.flow_run.deployment_id is not None


def _artifact(stage: str) -> Progress:
    from prefect.artifacts import create_progress_artifact, update_progress_artifact

    artifact = create_progress_artifact(0.0, key=stage.replace("_", "-").replace(" ", "-"), description=stage)
    last = time.monotonic()

    def progress(share: float) -> None:
        nonlocal last
        if share >= 1 or time.monotonic() - last > ARTIFACT_SECONDS:
            last = time.monotonic()
            update_progress_artifact(artifact, progress=100 * share)  # type: ignore[arg-type]

    return progress


@contextmanager
def _bar(stage: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description:<20}"), BarColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task(stage.replace("_", " "), total=1.0)
        yield lambda share: bars.update(bar, completed=share)
