"""The steps of a night as Prefect tasks, each a thin wrapper around a plain function.

Steps that only talk to the database are tried again when the connection is lost, never when the data is bad.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import exponential_backoff

from nightcast.errors import UnavailableError
from tasks.check import check_source
from tasks.choose import choose_model
from tasks.forecast import score_customers, score_series
from tasks.night import Night
from tasks.prepare import prepare_sales, prepare_visits
from tasks.publish import publish
from tasks.reading.extract import extract_sales, extract_visits
from tasks.review import look_back

RETRIES = 3


def _may_work_later(task: Task[..., Any], task_run: TaskRun, state: State[Any]) -> bool:
    """Whether a failure is one that waiting can mend."""
    failure: Any = state.result(raise_on_failure=False)
    return isinstance(failure, UnavailableError)


def _step(name: str, work: Callable[[Night], Any], *, retries: int = RETRIES) -> Callable[[Night], Any]:
    def run(night: Night) -> Any:
        with night.stage(name):
            return work(night)

    run.__doc__ = work.__doc__
    return task(
        name=name,
        task_run_name=name,
        description=(work.__doc__ or "").partition("\n")[0],
        retries=retries,
        retry_delay_seconds=exponential_backoff(backoff_factor=2),
        retry_jitter_factor=0.5,
        retry_condition_fn=_may_work_later,
        cache_policy=NO_CACHE,
        persist_result=False,
    )(run)


check = _step("check", check_source)
read_visits = _step("extract", extract_visits)
read_sales = _step("extract", extract_sales)
build_history = _step("prepare", prepare_visits, retries=0)
build_panel = _step("prepare", prepare_sales, retries=0)
choose = _step("model", choose_model)
forecast_customers = _step("score", score_customers)
forecast_series = _step("score", score_series)
flip = _step("publish", publish)
score_matured = _step("look back", look_back, retries=0)
