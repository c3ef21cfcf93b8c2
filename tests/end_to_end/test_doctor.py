"""``nightcast doctor`` finds what would make a night fail, and says how to mend it."""

from __future__ import annotations

import datetime
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import pytest

from nightcast.values import Product
from sql.ledger import runs as ledger
from tests.end_to_end.conftest import Project
from tests.end_to_end.shops import daily

VISITS = ("customer_id", "visited_at", "amount")


def examined(project: Project) -> tuple[int, dict[str, dict[str, Any]]]:
    answer = project.nightcast("doctor", "--json")
    return answer.code, {row["check"]: row for row in answer.rows}


def test_all_is_well_after_a_night(project: Project) -> None:
    today = datetime.datetime.now(datetime.UTC).date()
    project.load("visits", VISITS, [("a", day, 1) for day in daily(f"{today - datetime.timedelta(31)}", 30, every=3)])
    assert project.nightcast("check").code == 1  # no night has run yet
    assert project.nightcast("run").code == 0
    code, checks = examined(project)
    assert code == 0
    assert {check: row["result"] for check, row in checks.items() if row["result"] != "ok"} == {"sales": "warning"}
    assert checks["next_visit model"]["finding"].endswith(f"as of {today}")
    answer = project.nightcast("check", "--json")
    assert (answer.code, [row["result"] for row in answer.rows]) == (0, ["ok", "ok"])

    project.execute("UPDATE {forecast_run} SET status = 'failed', error = 'The column is gone.'")
    code, checks = examined(project)
    assert (code, checks["nights"]["result"]) == (1, "failed")
    rows = project.nightcast("check", "--json").rows
    assert [(row["result"], row["newest_status"]) for row in rows] == [("failed", "failed")] * 2
    for row in rows:
        assert "The column is gone." in row["finding"]
        assert row["finding"] in checks["nights"]["finding"]
    assert project.nightcast("check").code == 1


def test_a_run_that_has_been_silent_is_named(project: Project) -> None:
    run = ledger.begin(
        project.database, Product.SALES, datetime.date(2026, 2, 1), trigger="test", flow_run_id=None, settings={}
    )
    assert examined(project)[1]["runs"]["result"] == "ok"
    project.execute("UPDATE {forecast_run} SET heartbeat_at = '2026-01-01 00:00:00'")
    check = examined(project)[1]["runs"]
    assert check["result"] == "warning"
    assert run.run_id in check["finding"]
    assert "abandoned" in check["remedy"]


def test_a_source_without_a_column_and_a_product_without_a_source_fail(project: Project) -> None:
    project.configure('[run]\nproducts = ["sales"]\n')
    project.execute("CREATE TABLE visits (card TEXT)")
    code, checks = examined(project)
    assert code == 2
    assert checks["visits"]["result"] == checks["sales"]["result"] == "failed"
    assert "'customer_id'" in checks["visits"]["finding"]
    assert "nightcast load" in checks["sales"]["remedy"]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_damaged_model_and_an_unwritable_store_are_seen(project: Project) -> None:
    project.load("visits", VISITS, [("a", day, 1) for day in daily("2026-01-01", 30, every=3)])
    assert project.nightcast("run", "--as-of", "2026-02-01", "--product", "next_visit").code == 0
    (artifact,) = (project.folder / "models_store").iterdir()
    (artifact / "model.json").write_text("{}")
    check = examined(project)[1]["next_visit model"]
    assert check["result"] == "warning"
    assert "trains" in check["remedy"]

    project.configure('[model]\nstore = "nightcast.toml/inside"\n')
    code, rows = examined(project)
    assert code == 2
    assert rows["model store"]["result"] == "failed"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_wrong_settings_are_a_finding(project: Project) -> None:
    project.configure("[next_visit]\nlook_bak = 3\n")
    code, checks = examined(project)
    assert code == 2
    assert "did you mean 'look_back'" in checks["settings"]["finding"]
    assert checks["versions"]["result"] == "ok"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_prefect_server_that_does_not_answer_is_code_3(project: Project) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings(updates={PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        code, checks = examined(project)
    assert code == 3
    assert "prefect server start" in checks["prefect"]["remedy"]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_rows_that_may_be_meant_otherwise_are_pointed_out(project: Project) -> None:
    today = datetime.datetime.now(datetime.UTC).date()
    first = f"{today - datetime.timedelta(60)}"
    project.load("visits", VISITS, [(name, day, 1) for name in ("a 1", "A 1", "NULL") for day in daily(first, 60)])
    marks = [("bread", day, 99999 if place == 50 else 40 + place % 7) for place, day in enumerate(daily(first, 60))]
    project.load("sales", ("series_id", "period", "value"), marks)
    code, checks = examined(project)
    assert code == 0
    visits, sales = checks["rows of visits"], checks["rows of sales"]
    assert (visits["result"], sales["result"]) == ("warning", "warning")
    assert "1 by upper and lower case" in visits["finding"]
    assert "'NULL' (60 rows)" in visits["finding"]
    assert sales["finding"].startswith("60 read, 0 rejected")
    assert "unknown_values = [99999]" in sales["finding"]


def test_where_messages_and_events_go_is_checked_without_showing_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not {"notify", "lineage"} & examined(project)[1].keys()
    monkeypatch.setenv("NIGHTCAST_NOTIFY__URLS", '["json://ann:hidden@127.0.0.1/", "nothing://ann:hidden@there"]')
    project.configure("[lineage]\nenabled = true\n")
    code, checks = examined(project)
    assert code == 0  # no night fails by them
    assert checks["notify"]["result"] == checks["lineage"]["result"] == "warning"
    assert "number 2 of" in checks["notify"]["finding"]
    assert "hidden" not in str(checks)
    monkeypatch.setenv("NIGHTCAST_NOTIFY__URLS", '["json://ann:hidden@127.0.0.1/"]')
    # OpenLineage's own client would keep an address of the environment for later tests.
    catalogue = SimpleNamespace(transport=SimpleNamespace(kind="http"))
    monkeypatch.setattr("flows.lineage.sender.client", lambda: catalogue)
    checks = examined(project)[1]
    assert checks["notify"]["finding"] == "1 address, on failure, notes"
    if find_spec("openlineage") is not None:
        assert checks["lineage"]["finding"] == "events by http"
