"""Nights and a study as flows on a Prefect server, and SIGTERM that a library turned into an error of its own."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from nightcast.errors import NightcastError
from tests.end_to_end.conftest import Project
from tests.end_to_end.shops import daily
from tests.end_to_end.test_study import write_study
from tests.flows.notify.receiver import Receiver

PATIENCE_SECONDS = 30

SWALLOWED = """
import os, signal, time
from tasks import choose

def swallow(*arguments):
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(30)
    except BaseException:
        raise ImportError("initialization failed") from None

choose.plan_model = swallow
from flows.command_line import main
import sys
sys.argv[1:] = ["run", "--as-of", "2026-03-01"]
main()
"""


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("way", ["here", "as a flow"])
def test_sigterm_that_becomes_another_error_ends_the_whole_night(
    project: Project, way: str, request: pytest.FixtureRequest, webhook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    [url] = webhook.settings.urls
    monkeypatch.setenv("NIGHTCAST_NOTIFY__URLS", json.dumps([url.get_secret_value()]))
    if way == "as a flow":
        request.getfixturevalue("prefect_server")
    visits = [(f"c{number}", day) for number in range(5) for day in daily("2026-02-01", 30, every=3 + number)]
    assert project.load("visits", ("customer_id", "visited_at"), visits).code == 0
    assert project.load("sales", ("series_id", "period", "value"), [("s", "2026-02-01", 5)]).code == 0
    night = subprocess.run([sys.executable, "-c", SWALLOWED], check=False, timeout=120)
    assert night.returncode == 143
    runs = project.select("SELECT product, status, error FROM {forecast_run}")
    assert [tuple(row.values()) for row in runs] == [("next_visit", "failed", "The run was stopped by SIGTERM.")]
    assert project.select("SELECT run_id FROM {product_lock}") == []
    assert [one["title"] for one in webhook.received] == ["Nightcast failed: as of 2026-03-01"]
    assert webhook.received[0]["message"] == "The run was stopped by SIGTERM."


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_outcomes_are_not_lost_where_prefect_answers_without_them(
    project: Project, prefect_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prefect's server, asked a second time after a request took too long, answers with a state without data."""
    from prefect import flow_engine

    propose = getattr(flow_engine, "propose_state_sync")  # noqa: B009 - not exported

    def without_data(*arguments: Any, **options: Any) -> Any:
        state = propose(*arguments, **options)
        return state.model_copy(update={"data": None}) if state.is_final() else state

    monkeypatch.setattr(flow_engine, "propose_state_sync", without_data)
    project.load("sales", ("series_id", "period", "value"), [("s", "2026-02-01", 5)])
    answer = project.nightcast("run", "--as-of", "2026-02-02", "--product", "sales", "--json")
    assert answer.code == 0, answer.err
    assert [(row["product"], row["published"]) for row in answer.rows] == [("sales", True)]
    failed = project.nightcast("run", "--as-of", "2026-02-02", "--product", "next_visit", "--json")
    assert failed.code == 2
    assert "'visits'" in failed.err


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_night_as_a_flow_leaves_its_summary(project: Project, prefect_server: str) -> None:
    from prefect.client.orchestration import get_client

    project.load("sales", ("series_id", "period", "value"), [("s", "2026-02-01", 5)])
    answer = project.nightcast("run", "--as-of", "2026-02-02", "--product", "sales", "--json")
    assert answer.code == 0, answer.err
    [run] = project.select("SELECT run_id, flow_run_id FROM {forecast_run}")
    with get_client(sync_client=True) as client:
        flow = client.read_flow_run(run["flow_run_id"])
        artifacts = [one for one in client.read_artifacts() if one.flow_run_id == flow.id]
    assert flow.name == "sales 2026-02-02"
    assert any(run["run_id"] in str(one.data) for one in artifacts if one.key == "nightcast-sales")


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_night_that_failed_ends_in_a_state_that_prefect_can_raise(
    project: Project, prefect_server: str, caplog: pytest.LogCaptureFixture
) -> None:
    from prefect.client.orchestration import get_client
    from prefect.exceptions import FailedRun
    from prefect.states import get_state_exception

    from flows.night.request import NightRequest
    from flows.nightly import nightly

    state: Any = nightly(NightRequest(as_of=datetime.date(2026, 2, 2)), return_state=True)
    with pytest.raises(NightcastError, match=r"'visits'.*'sales'"):
        state.result()
    with get_client(sync_client=True) as client:
        kept = client.read_flow_run(state.state_details.flow_run_id).state
    assert kept is not None
    error = get_state_exception(kept)  # as another process reads it
    assert isinstance(error, FailedRun)
    assert "'visits'" in str(error)
    assert [record for record in caplog.records if record.exc_info] == []


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_study_as_a_flow_does_the_same(project: Project, prefect_server: str) -> None:
    from flows.study import study
    from flows.study_session import StudyRequest

    write_study(project.folder)
    summary: Any = study(StudyRequest(file=Path("study.toml")))
    [kept] = project.select("SELECT study_id FROM {study}")
    assert (summary.name, summary.study_id) == ("shop", kept["study_id"])
    assert sum(summary.verdicts.values()) == 2
    assert (project.folder / "study.html").exists()


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_doctor_warns_about_a_server_without_deployments(project: Project, prefect_server: str) -> None:
    [check] = [row for row in project.nightcast("doctor", "--json").rows if row["check"] == "prefect"]
    assert check["result"] == "warning"
    assert "no night is deployed" in check["finding"]


@pytest.fixture
def shop(project: Project) -> Project:
    """A project with visits alone."""
    project.configure('[run]\nproducts = ["next_visit"]\n[model]\nretrain_after_days = 1000\n')
    visits = [(f"c{number}", day) for number in range(30) for day in daily("2025-06-01", 300, every=3 + number)]
    assert project.load("visits", ("customer_id", "visited_at"), visits).code == 0
    return project


def events(server: str, run_ids: list[str], expected: int) -> list[dict[str, Any]]:
    """Our events about these runs, in their order; Prefect sends them a little later."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        asked = {"filter": {"event": {"prefix": ["nightcast."]}, "order": "ASC"}}
        request = urllib.request.Request(  # noqa: S310
            f"{server}/events/filter", json.dumps(asked).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request) as response:  # noqa: S310
            found = [one for one in json.load(response)["events"] if one["payload"]["run_id"] in run_ids]
        if len(found) >= expected or time.monotonic() > deadline:
            return sorted(found, key=lambda one: one["occurred"])
        time.sleep(0.2)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_published_night_and_a_new_champion_are_events(shop: Project, prefect_server: str) -> None:
    days = ("2026-03-01", "2026-03-02")
    outcomes = [shop.nightcast("run", "--as-of", day, "--json").rows[0] for day in days]
    champion = shop.select("SELECT model_version FROM {model_version} WHERE status = 'champion'")[0]["model_version"]
    found = events(prefect_server, [outcome["run_id"] for outcome in outcomes], expected=3)
    assert [(one["event"], one["payload"]["as_of"]) for one in found] == [
        ("nightcast.published", days[0]),
        ("nightcast.champion-changed", days[0]),
        ("nightcast.published", days[1]),
    ]
    assert {one["resource"]["prefect.resource.id"] for one in found} == {"nightcast.next_visit"}
    changed = found[1]["payload"]
    assert (changed["champion"], changed["previous_champion"]) == (champion, None)
    assert changed["decision"] == outcomes[0]["decision"]
    last = found[-1]["payload"]
    assert (last["subjects"], last["rows_written"]) == (30, outcomes[1]["rows_written"])
    assert last["model_version"] == champion
    flow_runs = [one for one in found[0]["related"] if one["prefect.resource.id"].startswith("prefect.flow-run.")]
    assert flow_runs


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_night_without_a_server_emits_no_event(shop: Project) -> None:
    from flows.server import events as module

    def emitted(*_: Any, **__: Any) -> None:
        raise AssertionError("an event was emitted")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_emit", emitted)
        night = shop.nightcast("run", "--as-of", "2026-03-01")
    assert night.code == 0
    assert "no event was emitted" not in night.err
