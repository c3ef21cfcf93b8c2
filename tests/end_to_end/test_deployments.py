"""Nights on a real Prefect server: deployed, by hand, on a schedule, from a worker and from ``nightcast serve``."""

from __future__ import annotations

import datetime
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psutil
import pytest

from tests.end_to_end.conftest import Project
from tests.end_to_end.prefect_database import copy_migrated, keep_migrated
from tests.end_to_end.shops import daily

DEPLOYMENTS = Path(__file__).parents[2] / "deployments"
PREFECT = (sys.executable, "-m", "prefect")
NIGHTCAST = (sys.executable, "-c", "from flows.command_line import main; main()")
COMMANDS = """
import json, sys
from prefect.cli import app
for command in json.loads(sys.argv[1]):
    sys.argv[1:] = command
    try:
        app()
    except SystemExit as end:
        if end.code:
            raise
"""
"""Commands of Prefect's in one process, which imports Prefect once."""

NIGHTS = """
SELECT as_of, flow_run_id, published_at FROM {forecast_run}
WHERE published_at IS NOT NULL AND trigger = '%s' ORDER BY published_at
"""

IMPATIENT = {
    "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "2",
    "PREFECT_SERVER_SERVICES_SCHEDULER_RECENT_DEPLOYMENTS_LOOP_SECONDS": "2",
    "PREFECT_WORKER_QUERY_SECONDS": "1",
    "PREFECT_RUNNER_POLL_FREQUENCY": "1",
}
"""Prefect looks for work every ten seconds by default, and for new schedules every five."""

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@contextmanager
def running(command: Sequence[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process in the background, which has ended, one way or the other, at the end."""
    silent = subprocess.DEVNULL
    with subprocess.Popen(command, env=environment, stdin=silent, stdout=silent, stderr=silent) as process:
        try:
            yield process
        finally:
            family = _family(process.pid)
            process.terminate()
            _, alive = psutil.wait_procs(family, timeout=15)
            for one in alive:
                one.kill()


def _family(pid: int) -> list[psutil.Process]:
    if not psutil.pid_exists(pid):
        return []
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def wait_for(condition: Callable[[], Any], seconds: float, what: str) -> Any:
    """What `condition` returns once that is something."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        answer = condition()
        if answer:
            return answer
        time.sleep(0.2)
    pytest.fail(f"no {what} within {seconds} s")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[dict[str, str]]:
    """A Prefect server with a home of its own; yields the environment of those who use it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    home = tmp_path_factory.mktemp("server")
    copy_migrated(pytestconfig, home / "prefect.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(home))
        for name, value in IMPATIENT.items():
            patch.setenv(name, value)
        with running([*PREFECT, "server", "start", "--host", "127.0.0.1", "--port", port], dict(os.environ)):
            url = f"http://127.0.0.1:{port}/api"
            wait_for(lambda: _answers(f"{url}/health"), 200, "Prefect server")
            keep_migrated(pytestconfig, home / "prefect.db")
            yield {**os.environ, "PREFECT_API_URL": url}


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 our own server
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture
def environment(server: dict[str, str], project: Project) -> dict[str, str]:
    """The environment of commands about the project: its database, and the server."""
    return {**server, "NIGHTCAST_DATABASE__URL": project.url}


def prefect(environment: dict[str, str], *commands: Sequence[str]) -> str:
    """What commands of Prefect's say, once they have done it, one after another in a process of their own."""
    given = json.dumps([["--no-prompt", *command] for command in commands])
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS, given], env=environment, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ask(environment: dict[str, str], path: str, body: Any = None) -> Any:
    """What the server answers: a GET, or a POST of the body; None where it refuses. A busy server is asked again."""
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(  # noqa: S310 our own server
        environment["PREFECT_API_URL"] + path, data, {"Content-Type": "application/json"}
    )
    for pause in (1, 2, 4, 8, 16, 0):
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            refusal.close()
            if refusal.code < 500:
                return None
        time.sleep(pause)
    pytest.fail(f"the server cannot answer {path}")


def start_by_hand(environment: dict[str, str], request: dict[str, Any]) -> Any:
    """As Prefect's pages do it: a run of the manual deployment, due at once."""
    deployment = ask(environment, "/deployments/name/nightly/manual")
    state = {"type": "SCHEDULED"}
    body = {"state": state, "parameters": {"request": request}, "enforce_parameter_schema": True}
    return ask(environment, f"/deployments/{deployment['id']}/create_flow_run", body)


def start_by_schedule(environment: dict[str, str], seconds: int) -> None:
    """Let the nightly deployment be due some seconds from now, and each hour after that."""
    deployment = ask(environment, "/deployments/name/nightly/nightly")
    due = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    schedule = [{"active": True, "schedule": {"interval": 3600, "anchor_date": due.isoformat()}}]
    assert ask(environment, f"/deployments/{deployment['id']}/schedules", schedule)


def tiny_shop(project: Project, timezone: str) -> None:
    """Little enough data for the baselines to serve; open through the day before yesterday."""
    project.configure(f'[run]\ntimezone = "{timezone}"\n')
    last = datetime.datetime.now(ZoneInfo(timezone)).date() - datetime.timedelta(days=2)
    first = str(last - datetime.timedelta(days=39))
    visits = [(f"c{number}", day) for number in range(5) for day in daily(first, 40, every=2 + number)]
    sales = [(f"s{number}", day, 5 + number) for number in range(2) for day in daily(first, 40)]
    assert project.load("visits", ("customer_id", "visited_at"), visits).code == 0
    assert project.load("sales", ("series_id", "period", "value"), sales).code == 0


def published(project: Project, trigger: str) -> list[dict[str, Any]] | None:
    """The first night's rows of both products, once both have been published."""
    rows = project.select(NIGHTS % trigger)[:2]
    return rows if len(rows) == 2 else None


def _moment(row: dict[str, Any]) -> datetime.datetime:
    return datetime.datetime.fromisoformat(str(row["published_at"])).replace(tzinfo=datetime.UTC)


def _where_it_is_another_day() -> str:
    """A time zone in which it is not the day that it is in UTC."""
    return "Pacific/Kiritimati" if datetime.datetime.now(datetime.UTC).hour >= 10 else "Pacific/Pago_Pago"


def test_deployed_nights_run_by_hand_and_on_schedule(project: Project, environment: dict[str, str]) -> None:
    timezone = _where_it_is_another_day()
    tiny_shop(project, timezone)
    begun = datetime.datetime.now(datetime.UTC)
    prefect(
        environment,
        ("work-pool", "create", "nightcast", "--type", "process"),
        ("deploy", "--all", "--prefect-file", str(DEPLOYMENTS / "prefect.yaml")),
        ("deployment", "run", "nightly/manual"),
    )
    with running([*PREFECT, "worker", "start", "--pool", "nightcast", "--limit", "1"], environment):
        start_by_schedule(environment, 6)
        by_hand = wait_for(lambda: published(project, "manual"), 200, "night by hand")
        on_schedule = wait_for(lambda: published(project, "nightly"), 200, "night on schedule")
    print(f"from `prefect deployment run` to published: {_moment(by_hand[-1]) - begun}")
    for row in on_schedule:
        assert row["as_of"] == str(_moment(row).astimezone(ZoneInfo(timezone)).date())
        assert row["flow_run_id"]
    _check_what_was_deployed(environment)


def _check_what_was_deployed(environment: dict[str, str]) -> None:
    deployed = ask(environment, "/deployments/name/nightly/weekly-retrain")
    form = deployed["parameter_openapi_schema"]["definitions"]["NightRequest"]
    assert form["properties"].keys() >= {"as_of", "products", "retrain", "dry_run"}
    assert all(field["title"] and field["description"] for field in form["properties"].values())
    assert deployed["enforce_parameter_schema"]
    assert deployed["parameters"]["request"]["retrain"] == "always"
    assert deployed["global_concurrency_limit"]["limit"] == 1
    assert deployed["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    assert [one["schedule"]["cron"] for one in deployed["schedules"]] == ["30 3 * * SUN"]
    assert start_by_hand(environment, {"retrain": "sometimes"}) is None


def test_the_automations_are_accepted(environment: dict[str, str]) -> None:
    output = prefect(environment, ("automation", "create", "--from-file", str(DEPLOYMENTS / "automations.yaml")))
    assert "Created 5 automation(s)" in output
    for name in ("failed", "crashed", "late", "zombie"):
        assert f"Nightcast {name}" in output


def test_serve_takes_a_run_by_hand_and_ends_when_told(project: Project, environment: dict[str, str]) -> None:
    tiny_shop(project, "UTC")
    with running([*NIGHTCAST, "serve", "--cron", "30 3 * * *"], environment) as serving:
        wait_for(lambda: ask(environment, "/deployments/name/nightly/manual"), 200, "served deployment")
        assert start_by_hand(environment, {"again": True})
        wait_for(lambda: published(project, "manual"), 200, "night by hand")
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(20) == 0
    retraining = ask(environment, "/deployments/name/nightly/weekly-retrain")
    assert not any(one["active"] for one in retraining["schedules"])


def test_serve_needs_a_server_and_says_so(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    answer = project.nightcast("serve")
    assert answer.code == 2
    assert "prefect server start" in answer.err


def test_serve_says_that_the_server_is_down(project: Project) -> None:
    url = "http://127.0.0.1:9/api"
    done = subprocess.run(
        [*NIGHTCAST, "serve"], env=os.environ | {"PREFECT_API_URL": url}, capture_output=True, text=True
    )
    assert done.returncode == 3
    assert url in done.stderr
