"""Prefect's tasks without Prefect: no server, no waiting."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

Work = Callable[[], Any]


def immediate_task(*, retries: int, retry_condition_fn: Callable[..., bool], **_: Any) -> Callable[[Work], Work]:
    """Stands in for `prefect.task`: a task that is tried again at once."""

    def decorate(work: Work) -> Work:
        def tried(left: int) -> Any:
            try:
                return work()
            except Exception as error:
                failure = error
            state = SimpleNamespace(result=lambda raise_on_failure: failure)
            if not left or not retry_condition_fn(None, None, state):
                raise failure
            return tried(left - 1)

        return lambda: tried(retries)

    return decorate
