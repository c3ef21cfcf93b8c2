"""Events for a data catalogue: what they tell of a run, and that no catalogue changes a night."""

from __future__ import annotations

import datetime
import json
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flows.night.product_night import product_night
from flows.night.request import NightRequest, Outcome
from nightcast.errors import InputError
from nightcast.values import Product
from sql.engine import Database
from sql.tables import forecast_run, next_visit_day, visit_bin
from tests.tasks.nights import fill_visits

AS_OF = datetime.date(2024, 5, 1)
CUSTOMERS = 10
SECRET = "swordfish"  # noqa: S105


@pytest.fixture
def config(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings of a small shop that sends events, whose environment names no catalogue."""
    monkeypatch.chdir(tmp_path)
    days = [AS_OF - datetime.timedelta(weeks=week) for week in range(1, 6)]
    fill_visits(database, *((f"c{number}", str(day), "1") for number in range(CUSTOMERS) for day in days))
    path = tmp_path / "nightcast.toml"
    path.write_text(
        f"""
[database]
url = "{database.url.render_as_string(hide_password=False)}"
[lineage]
enabled = true
namespace = "shop"
timeout_seconds = 20
""",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that events are written to, a line each."""
    path = tmp_path / "events.jsonl"
    monkeypatch.setenv(
        "OPENLINEAGE__TRANSPORT", json.dumps({"type": "file", "log_file_path": str(path), "append": True})
    )
    return path


@pytest.fixture
def silent_catalogue(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A catalogue that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        monkeypatch.setenv("OPENLINEAGE__TRANSPORT", json.dumps({"type": "http", "url": url, "retry": {"total": 0}}))
        yield


def events(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def run(config: Path, **options: Any) -> Outcome:
    request = NightRequest(config=config, as_of=AS_OF, retrain="never", **options)
    return product_night(Product.NEXT_VISIT, request)


def written_rows(event: dict[str, Any]) -> dict[str, int]:
    return {
        dataset["name"].rpartition(".")[2]: dataset["outputFacets"]["outputStatistics"]["rowCount"]
        for dataset in event["outputs"]
    }


def test_a_run_begins_and_completes_with_its_tables_and_rows(database: Database, config: Path, log: Path) -> None:
    outcome = run(config)
    started, completed = events(log)
    assert [started["eventType"], completed["eventType"]] == ["START", "COMPLETE"]
    assert {event["run"]["runId"] for event in (started, completed)} == {outcome.run_id}
    assert {(event["job"]["namespace"], event["job"]["name"]) for event in (started, completed)} == {
        ("shop", "next_visit")
    }
    assert completed["run"]["facets"]["nominalTime"]["nominalStartTime"] == "2024-05-01T00:00:00+00:00"
    rows = {
        table.name: database.value(sa.select(sa.func.count()).select_from(table))
        for table in (next_visit_day, visit_bin)
    }
    assert written_rows(completed) == {"next_visit_stored": CUSTOMERS, **rows}
    assert all("outputFacets" not in dataset or not dataset["outputFacets"] for dataset in started["outputs"])
    read = completed["inputs"][0]
    assert read["name"].endswith("visits")
    assert read["inputFacets"]["inputStatistics"]["rowCount"] == CUSTOMERS * 5
    fields = {field["name"]: field for field in completed["outputs"][0]["facets"]["schema"]["fields"]}
    assert fields["last_visit_on"]["description"] == "Last visit day."


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_tables_are_named_by_server_database_and_schema(
    database: Database, config: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = database.url.set(password=SECRET).render_as_string(hide_password=False)
    monkeypatch.setenv("NIGHTCAST_DATABASE__URL", url)
    run(config)
    assert SECRET not in log.read_text(encoding="utf-8")
    completed = events(log)[-1]
    datasets = completed["inputs"] + completed["outputs"]
    assert {dataset["namespace"].partition("://")[0] for dataset in datasets} == {"postgres"}
    assert completed["inputs"][0]["name"] == f"{database.url.database}.public.visits"
    assert completed["outputs"][0]["name"] == f"{database.url.database}.nightcast.next_visit_stored"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_run_that_fails_says_why(config: Path, log: Path) -> None:
    with config.open("a", encoding="utf-8") as file:
        file.write('[source.visits]\ncolumns = { amount = "price" }\n')
    with pytest.raises(InputError):
        run(config)
    deadline = time.monotonic() + 10
    while len(events(log)) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    failed = events(log)[-1]
    assert failed["eventType"] == "FAIL"
    assert "'price'" in failed["run"]["facets"]["errorMessage"]["message"]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_query_is_told_instead_of_a_table(config: Path, log: Path) -> None:
    with config.open("a", encoding="utf-8") as file:
        file.write('[source.visits]\nquery = "SELECT * FROM visits WHERE amount > 0"\n')
    run(config)
    completed = events(log)[-1]
    assert completed["inputs"] == []
    assert completed["job"]["facets"]["sql"]["query"] == "SELECT * FROM visits WHERE amount > 0"


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.usefixtures("silent_catalogue")
def test_a_catalogue_that_does_not_answer_leads_to_a_note(database: Database, config: Path) -> None:
    config.write_text(config.read_text(encoding="utf-8").replace("= 20", "= 0.2"), encoding="utf-8")
    outcome = run(config)
    assert outcome.notes[-1] == "events did not reach the data catalogue: no answer within 0.2 s"
    row = database.rows(sa.select(forecast_run.c.status, forecast_run.c.notes))[0]
    assert row.status == "published"
    assert outcome.notes[-1] in row.notes


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_catalogue_that_cannot_be_reached_leads_to_a_note(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    transport = {"type": "http", "url": "http://127.0.0.1:9", "retry": {"total": 0}}
    monkeypatch.setenv("OPENLINEAGE__TRANSPORT", json.dumps(transport))
    assert run(config).notes[-1] == "events did not reach the data catalogue: ConnectionError"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_without_a_catalogue_a_note_says_how_to_name_one(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "set OPENLINEAGE_URL" in run(config).notes[-1]
    assert "eventType" not in capsys.readouterr().out


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_without_the_extra_a_note_names_it(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openlineage", None)
    assert "pip install 'nightcast[lineage]'" in run(config).notes[0]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_dry_run_sends_nothing(config: Path, log: Path) -> None:
    run(config, dry_run=True)
    assert not log.exists()


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_nothing_is_imported_where_it_is_off(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text(config.read_text(encoding="utf-8").replace("= true", "= false"), encoding="utf-8")
    for module in ("openlineage", "flows.lineage.events", "flows.lineage.sender"):
        monkeypatch.setitem(sys.modules, module, None)
    assert not any("catalogue" in note for note in run(config).notes)
