"""A process killed around publishing: readers see one complete night, and the next night needs no help."""

from __future__ import annotations

import os
import signal
from typing import Any

from benchmarks.faults.forking import Forking
from tests.end_to_end.conftest import Project
from tests.end_to_end.shops import daily

MOMENTS = {
    "between batches": """
make, forecasting.BATCH_CUSTOMERS = product.NextVisitSteps.batches, 10
def half(*arguments):
    for number, batch in enumerate(make(*arguments)):
        if number == 2:  # the bins and a first batch of customers are committed
            die()
        yield batch
product.NextVisitSteps.batches = half
""",
    "just before publishing": "ledger.publish = die",
    "just after publishing": """
publish = ledger.publish
def publish_and_die(*arguments):
    publish(*arguments)
    die()
ledger.publish = publish_and_die
""",
}

KILLED = """
import os, signal
from sql.ledger import runs as ledger
from tasks.next_visit import forecasting, steps as product

def die(*arguments, **options):
    os.kill(os.getpid(), signal.SIGKILL)
{moment}
from flows.command_line import run_command_line
run_command_line(["run", "--as-of", {as_of!r}])
"""

VIEWS = ("latest_next_visit", "latest_next_visit_bin", "latest_sales_forecast", "rpt_sales_outlook")
FORECASTS = ("next_visit", "next_visit_bin", "visit_bin")


def _load(project: Project) -> None:
    visits = [(f"c{number}", day) for number in range(30) for day in daily("2026-02-01", 60, every=3 + number)]
    sales = [(f"s{number}", day, 5 + number) for number in range(3) for day in daily("2026-02-01", 60)]
    assert project.load("visits", ("customer_id", "visited_at"), visits).code == 0
    assert project.load("sales", ("series_id", "period", "value"), sales).code == 0


def _run_until_killed(project: Project, forking: Forking, moment: str, as_of: str) -> int:
    """A night in a process of its own."""
    script = KILLED.format(moment=MOMENTS[moment], as_of=as_of)
    return forking.start_script(script, project.folder, dict(os.environ), project.folder / "night.log").wait()


def _shown(project: Project) -> dict[str, list[dict[str, Any]]]:
    return {view: project.select(f"SELECT * FROM {{{view}}} ORDER BY 2, 3") for view in VIEWS}


def _check_next_visits(project: Project, as_of: str) -> None:
    """A whole night of next visits is shown, and it is this one."""
    sums = project.select(
        "SELECT customer_id, as_of, COUNT(*) AS bins, SUM(probability) AS total FROM {latest_next_visit_bin} "
        "GROUP BY customer_id, as_of"
    )
    assert len(sums) == 30
    assert {(str(row["as_of"]), row["bins"], round(row["total"], 6)) for row in sums} == {(as_of, 5, 1.0)}
    assert len(project.select("SELECT customer_id FROM {latest_next_visit}")) == 30


def test_a_kill_around_publishing_loses_nothing(project: Project, forking: Forking) -> None:
    _load(project)
    assert project.nightcast("run", "--as-of", "2026-03-01").code == 0
    for day, moment in enumerate(MOMENTS, start=2):
        as_of, before = f"2026-03-0{day}", _shown(project)
        assert _run_until_killed(project, forking, moment, as_of) == -signal.SIGKILL, moment
        if moment == "just after publishing":
            _check_next_visits(project, as_of)
            assert {name: rows for name, rows in _shown(project).items() if "sales" in name} == {
                name: rows for name, rows in before.items() if "sales" in name
            }
        else:
            assert _shown(project) == before, moment
            assert _rows_of_killed(project) > 0, moment
        recovered = project.nightcast("run", "--as-of", as_of, "--json")
        assert recovered.code == 0, recovered.err
        _check_next_visits(project, as_of)
        assert _rows_of_killed(project) == 0, moment
    _check_ledger(project)


def _rows_of_killed(project: Project) -> int:
    """Rows of runs that are neither published nor superseded."""
    kept = "SELECT run_id FROM {forecast_run} WHERE status IN ('published', 'superseded')"
    counts = (f"SELECT COUNT(*) AS n FROM {{{table}}} WHERE run_id NOT IN ({kept})" for table in FORECASTS)
    return sum(project.select(query)[0]["n"] for query in counts)


def _check_ledger(project: Project) -> None:
    runs = project.select("SELECT status FROM {forecast_run} WHERE product = 'next_visit' ORDER BY started_at")
    statuses = ["published", "abandoned", "published", "abandoned", "published", "superseded", "published"]
    assert [row["status"] for row in runs] == statuses
    assert project.select("SELECT run_id FROM {product_lock}") == []
