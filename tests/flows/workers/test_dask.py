"""Who gets tasks of a Dask cluster: workers that are there, that have none, and that do not fail again and again."""

from __future__ import annotations

from typing import Any

import pytest

from flows.workers import dask
from flows.workers.dask import DaskWorkers
from nightcast.errors import SettingsError, UnavailableError


class Task:
    """A task of a cluster, which ends when a test says so."""

    def __init__(self, address: str) -> None:
        self.address, self.status = address, "pending"
        self.error: Exception | None = None

    def done(self) -> bool:
        return self.status != "pending"

    def exception(self, timeout: float) -> Exception | None:
        return self.error

    def release(self) -> None:
        self.status = "released"


class Cluster:
    """A client whose workers do nothing."""

    def __init__(self, *workers: str) -> None:
        self.status, self.workers, self.closed = "running", {*workers}, False
        self.tasks: list[Task] = []
        self.scheduler = type("Scheduler", (), {"identity": None})

    def sync(self, _identity: Any, *, n_workers: int, callback_timeout: float) -> dict[str, Any]:
        if "stopped" in self.workers:
            raise TimeoutError
        return {"workers": dict.fromkeys(self.workers)}

    def submit(self, *_arguments: Any, workers: list[str], **_options: Any) -> Task:
        self.tasks.append(Task(workers[0]))
        return self.tasks[-1]

    def close(self, timeout: float) -> None:
        self.closed = True


class Tasks:
    """The workers of a cluster, and what they say."""

    def __init__(self, *workers: str) -> None:
        self.notes: list[str] = []
        self.cluster = Cluster(*workers)
        self.workers = DaskWorkers("tcp://scheduler", None, self.notes.append)
        self.workers._client = self.cluster

    def end(self, status: str, error: Exception | None = None) -> None:
        """End the last task."""
        self.cluster.tasks[-1].status, self.cluster.tasks[-1].error = status, error

    def given(self) -> list[str]:
        return [task.address for task in self.cluster.tasks]


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody rests."""
    monkeypatch.setattr(dask, "WAIT_SECONDS", 0.0)


def test_each_worker_gets_one_task_and_rests_after_it() -> None:
    tasks = Tasks("a")
    assert tasks.workers.invite("run")
    assert tasks.workers.invite("run")
    assert tasks.given() == ["a"]
    tasks.end("finished")
    assert tasks.workers.invite("run")
    assert tasks.given() == ["a"]
    tasks.cluster.workers.add("b")
    assert tasks.workers.invite("run")
    assert tasks.given() == ["a", "b"]


@pytest.mark.usefixtures("at_once")
def test_a_worker_that_has_to_be_corrected_gets_no_second_task() -> None:
    tasks = Tasks("a")
    assert tasks.workers.invite("run")
    tasks.end("error", SettingsError("The settings differ."))
    assert not tasks.workers.invite("run")
    assert tasks.given() == ["a"]
    assert tasks.notes == ["the Dask worker a takes no further part: The settings differ"]


@pytest.mark.usefixtures("at_once")
def test_three_errors_in_a_row_are_the_end_of_a_worker() -> None:
    tasks = Tasks("a")
    tasks.workers.invite("run")
    for status in ("error", "error", "finished", "error", "error", "error"):
        tasks.end(status, UnavailableError("The database is away."))
        is_served = tasks.workers.invite("run")
    assert not is_served
    assert tasks.given() == ["a"] * 6
    assert len(tasks.notes) == 1


@pytest.mark.usefixtures("at_once")
def test_the_task_of_a_worker_that_has_gone_is_released() -> None:
    tasks = Tasks("a", "b")
    tasks.workers.invite("run")
    tasks.cluster.workers.remove("a")
    assert tasks.workers.invite("run")
    assert {task.address: task.status for task in tasks.cluster.tasks} == {"a": "released", "b": "pending"}


@pytest.mark.parametrize("how", ["its connection is lost", "it has stopped"])
def test_a_lost_scheduler_is_given_up(how: str) -> None:
    tasks = Tasks("a")
    if how == "it has stopped":
        tasks.cluster.workers.add("stopped")
    else:
        tasks.cluster.status = "connecting"
    assert not tasks.workers.invite("run")
    assert not tasks.workers.invite("run")
    assert tasks.cluster.closed
    assert tasks.notes == ["the connection to the Dask scheduler is lost; this process forecasts what is left"]
