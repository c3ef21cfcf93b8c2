"""The steps of a night, each a thin wrapper around a plain function: in a Prefect flow a task, elsewhere a call.

A step takes the result of the step before it. Steps are retried if a database or a store cannot be reached, but not if
the data are wrong.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from nightcast.errors import UnavailableError
from tasks import check as check_step
from tasks import forecast as forecast_step
from tasks import prepare as prepare_step
from tasks import publish as publish_step
from tasks import read as read_step
from tasks.choose import Chooser
from tasks.hindsight.look_back import look_back
from tasks.night import Choice, Known, Model, Night, Prepared, SourceRows
from tasks.product import LocatedSource, ProductSteps

if TYPE_CHECKING:
    from prefect import Task
    from prefect.client.schemas.objects import State, TaskRun

logger = logging.getLogger("nightcast")

RETRY_SECONDS = (2, 4, 8)
"""Seconds to wait before each retry of a step."""

Result = TypeVar("Result")


def check(night: Night, product: ProductSteps[Any, Any]) -> LocatedSource:
    """Check that the source exists and the model store can be used."""
    return _run(night, "check", check.__doc__, lambda: check_step.check(night, product))


def read(night: Night, product: ProductSteps[Any, Any], located: LocatedSource) -> SourceRows:
    """Read the usable rows of the source before the as-of, and count all others."""
    return _run(night, "read", read.__doc__, lambda: read_step.read(night, product, located))


def read_part(night: Night, product: ProductSteps[Any, Any], located: LocatedSource) -> SourceRows:
    """Read the rows of the customers that models learn from."""
    return _run(
        night, "read", read_part.__doc__, lambda: replace(read_step.read(night, product, located), is_part=True)
    )


def prepare(night: Night, product: ProductSteps[Known, Model], rows: SourceRows) -> Prepared[Known]:
    """Turn rows into what recipes read."""
    return _run(night, "prepare", prepare.__doc__, lambda: prepare_step.prepare(night, product, rows))


def choose(night: Night, product: ProductSteps[Known, Model], prepared: Prepared[Known]) -> Choice[Model]:
    """Train or load the model that serves."""
    return _run(night, "choose", choose.__doc__, Chooser(night, product, prepared).choose)


def forecast(
    night: Night, product: ProductSteps[Known, Model], prepared: Prepared[Known], choice: Choice[Model]
) -> int:
    """Forecast every subject and append the rows."""
    return _run(night, "forecast", forecast.__doc__, lambda: forecast_step.forecast(night, product, prepared, choice))


def share(night: Night, work: Callable[[], int]) -> int:
    """Let all workers forecast, and wait for them."""
    return _run(night, "forecast", share.__doc__, work)


def publish(night: Night, choice: Choice[Any]) -> None:
    """Make the appended rows visible."""
    _run(night, "publish", publish.__doc__, lambda: publish_step.publish(night, choice))


def review(night: Night, product: ProductSteps[Known, Model], prepared: Prepared[Known]) -> int:
    """Compare earlier published forecasts with their outcome, and tonight's with the one before."""
    return _run(night, "review", review.__doc__, lambda: look_back(night, product, prepared))


def _run(night: Night, name: str, description: str | None, work: Callable[[], Result]) -> Result:
    """Run a step, with its retries."""
    results: list[Result] = []
    rejections, notes = deepcopy(night.rejections), list(night.notes)

    def step() -> None:
        # A retry starts without rejections and warnings of the try before.
        night.rejections, night.notes = deepcopy(rejections), list(notes)
        with night.stage(name):
            results.append(work())

    if night.in_flow:
        _run_as_task(step, name, description)
    else:
        _run_here(step, name)
    return results[0]


def _run_as_task(step: Callable[[], None], name: str, description: str | None) -> None:
    """Run a step as a Prefect task.

    The task has no parameters and returns nothing: Prefect would copy the arrays, and keep results until the flow ends.
    """
    from prefect import task
    from prefect.cache_policies import NO_CACHE

    task(
        name=name,
        task_run_name=name,
        description=description,
        retries=len(RETRY_SECONDS),
        retry_delay_seconds=list(RETRY_SECONDS),
        retry_jitter_factor=0.5,
        retry_condition_fn=_may_work_later,
        cache_policy=NO_CACHE,
        persist_result=False,
    )(step)()


def _run_here(step: Callable[[], None], name: str) -> None:
    for seconds in RETRY_SECONDS:
        try:
            return step()
        except UnavailableError as error:
            logger.warning("%s is tried again in %s s: %s", name, seconds, error)
            time.sleep(seconds)
    return step()


def _may_work_later(task: Task[..., Any], task_run: TaskRun, state: State[Any]) -> bool:
    """Whether a failure may be gone after a wait."""
    failure: Any = state.result(raise_on_failure=False)
    return isinstance(failure, UnavailableError)
