"""A process killed between append and flip: readers keep the last night, and the next night needs no help."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from tests.end_to_end.conftest import Project
from tests.end_to_end.shops import daily

KILLED_BEFORE_THE_FLIP = """
import os, signal
import tasks.publish
from sql import ledger

def die(*arguments, **options):
    os.kill(os.getpid(), signal.SIGKILL)

ledger.publish = die
from flows.command_line import run_command_line
run_command_line(["run", "--as-of", "2026-03-02"])
"""


def _load(project: Project) -> None:
    visits = [(f"c{number}", day) for number in range(30) for day in daily("2026-02-01", 60, every=3 + number)]
    sales = [(f"s{number}", day, 5 + number) for number in range(3) for day in daily("2026-02-01", 60)]
    assert project.load("visits", ("customer_id", "visited_at"), visits).code == 0
    assert project.load("sales", ("series_id", "period", "value"), sales).code == 0


def _run_until_killed() -> int:
    """A night in a process of its own, on the session's Prefect server: one that it started would outlive it."""
    from prefect.settings import get_current_settings

    environment = {**os.environ, "PREFECT_API_URL": str(get_current_settings().api.url)}
    night = subprocess.run([sys.executable, "-c", KILLED_BEFORE_THE_FLIP], env=environment, check=False)
    return night.returncode


def test_a_kill_between_append_and_flip_loses_nothing(project: Project) -> None:
    _load(project)
    assert project.nightcast("run", "--as-of", "2026-03-01").code == 0
    shown = {name: project.select(f"SELECT * FROM {{{name}}}") for name in ("latest_next_visit", "rpt_sales_outlook")}

    assert _run_until_killed() == -signal.SIGKILL
    dead = project.select("SELECT run_id FROM {forecast_run} WHERE status = 'running'")
    assert len(dead) == 1
    leftover = f"SELECT COUNT(*) AS n FROM {{next_visit}} WHERE run_id = '{dead[0]['run_id']}'"
    assert project.select(leftover)[0]["n"] > 0
    for name, rows in shown.items():
        assert project.select(f"SELECT * FROM {{{name}}}") == rows

    recovered = project.nightcast("run", "--as-of", "2026-03-02", "--json")
    assert recovered.code == 0, recovered.err
    assert project.select(leftover) == [{"n": 0}]
    statuses = project.select("SELECT product, status FROM {forecast_run} ORDER BY started_at, product")
    assert [row["status"] for row in statuses] == ["published", "published", "abandoned", "published", "published"]
    assert {str(row["as_of"]) for row in project.select("SELECT as_of FROM {latest_run}")} == {"2026-03-02"}
