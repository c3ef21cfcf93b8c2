"""The steps of a night as Prefect tasks, each a thin wrapper around a plain function.

A step takes the result of the step before it. Steps are retried if a database or a store cannot be reached, but not if
the data are wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any, TypeVar

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import exponential_backoff

from nightcast.errors import UnavailableError
from tasks import check as check_step
from tasks import forecast as forecast_step
from tasks import prepare as prepare_step
from tasks import publish as publish_step
from tasks import read as read_step
from tasks import review as review_step
from tasks.choose import Chooser
from tasks.night import Choice, Known, Model, Night, Prepared, SourceRows
from tasks.product import LocatedSource, ProductSteps

RETRIES = 3
Result = TypeVar("Result")


def check(night: Night, product: ProductSteps[Any, Any]) -> LocatedSource:
    """Check that the source exists and the model store can be used."""
    return _run(night, "check", check.__doc__, lambda: check_step.check(night, product))


def read(night: Night, product: ProductSteps[Any, Any], located: LocatedSource) -> SourceRows:
    """Read the usable rows of the source before the as-of, and count all others."""
    return _run(night, "read", read.__doc__, lambda: read_step.read(night, product, located))


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


def publish(night: Night, choice: Choice[Any]) -> None:
    """Make the appended rows visible."""
    _run(night, "publish", publish.__doc__, lambda: publish_step.publish(night, choice))


def review(night: Night, product: ProductSteps[Known, Model], prepared: Prepared[Known]) -> int:
    """Compare earlier published forecasts with their outcome."""
    return _run(night, "review", review.__doc__, lambda: review_step.review(night, product, prepared))


def _run(night: Night, name: str, description: str | None, work: Callable[[], Result]) -> Result:
    """Run a step as a Prefect task.

    The task has no parameters and returns nothing: Prefect would copy the arrays, and keep results until the flow ends.
    """
    results: list[Result] = []
    rejections, notes = deepcopy(night.rejections), list(night.notes)

    def step() -> None:
        # A retry starts without rejections and warnings of the try before.
        night.rejections, night.notes = deepcopy(rejections), list(notes)
        with night.stage(name):
            results.append(work())

    task(
        name=name,
        task_run_name=name,
        description=description,
        retries=RETRIES,
        retry_delay_seconds=exponential_backoff(backoff_factor=2),
        retry_jitter_factor=0.5,
        retry_condition_fn=_may_work_later,
        cache_policy=NO_CACHE,
        persist_result=False,
    )(step)()
    return results[0]


def _may_work_later(task: Task[..., Any], task_run: TaskRun, state: State[Any]) -> bool:
    """Whether a failure may be gone after a wait."""
    failure: Any = state.result(raise_on_failure=False)
    return isinstance(failure, UnavailableError)
