"""``nightcast plan`` says what the night then does, and does nothing itself."""

from __future__ import annotations

import pytest

from tests.end_to_end.conftest import Project
from tests.end_to_end.shops import daily

VISITS = ("customer_id", "visited_at")
SALES = ("series_id", "period", "value")


def test_the_plan_is_what_the_night_does(project: Project) -> None:
    project.load("visits", VISITS, [("a", "2026-01-05"), ("b", "2026-02-08")])
    sales = [("open", day, 10) for day in daily("2025-09-01", 160)]
    project.load("sales", SALES, [*sales, ("ended", "2025-09-01", 1), ("unknown", "2026-02-01", "")])
    planned = {row["product"]: row for row in project.nightcast("plan", "--as-of", "2026-02-10", "--json").rows}
    for table in ("forecast_run", "model_version", "product_lock"):
        assert project.select(f"SELECT * FROM {{{table}}}") == []
    assert planned["sales"]["model"] == "train"
    assert planned["sales"]["not_forecast"] == "1 ended, zeros; 1 without a known value, skipped"

    done = {row["product"]: row for row in project.nightcast("run", "--as-of", "2026-02-10", "--json").rows}
    for product, row in done.items():
        assert planned[product]["rows_to_write"] == row["rows_written"]
        assert planned[product]["subjects"] == row["subjects"]
        assert planned[product]["seconds"] is None

    after = project.nightcast("plan", "--as-of", "2026-02-10", "--json").rows
    assert all(row["model"].startswith("load ") and "forecast again" in row["why"] for row in after)
    models = [
        project.nightcast("plan", "--as-of", as_of, "--json").rows[0]["model"] for as_of in ("2026-02-18", "2026-04-07")
    ]
    assert models[0] == "train"
    assert models[1].startswith("train, against")  # the champion knows nothing of the whole horizon since
    assert "tonight" in project.nightcast("plan", "--as-of", "2026-02-10").out


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_plan_says_who_forecasts(project: Project) -> None:
    project.load("visits", VISITS, [("a", "2026-01-05"), ("b", "2026-02-08")])
    project.load("sales", SALES, [("open", day, 10) for day in daily("2025-09-01", 160)])

    def planned(settings: str) -> dict[str, str]:
        project.configure(settings)
        rows = project.nightcast("plan", "--as-of", "2026-02-10", "--json").rows
        return {row["product"]: row["forecast_by"] for row in rows}

    assert set(planned("").values()) == {"this process"}
    shared = planned('[run]\nengine = "shared"\n')
    assert shared["next_visit"] == "this process and every `nightcast work`, in 4 shards"
    assert shared["sales"] == "this process"
    on_dask = planned('[run]\nengine = "dask"\nshards = 1\ndask_address = "tcp://scheduler:8786"\n')
    assert on_dask["next_visit"] == "the Dask cluster tcp://scheduler:8786, in 1 shard"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_plan_says_what_would_fail(project: Project) -> None:
    project.load("visits", VISITS, [("a", "2026-01-05")])
    answer = project.nightcast(
        "plan", "--product", "sales", "--product", "next_visit", "--as-of", "2026-01-10", "--json"
    )
    assert answer.code == 2
    assert "sales would fail: There is no table or view 'sales'" in answer.err
    assert [row["product"] for row in answer.rows] == ["next_visit"]
