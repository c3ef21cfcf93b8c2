"""Nights that read only what has changed publish what nights publish that read everything."""

from __future__ import annotations

import math
import re
from typing import Any

from tests.end_to_end.conftest import Project
from tests.end_to_end.shops import daily

VISITS = ("customer_id", "visited_at", "amount")
QUICK = '[next_visit]\nrecipes = ["pareto_nbd"]\n'
CHANGING, IN_FULL = f'{QUICK}incremental = "always"\n', f'{QUICK}incremental = "never"\n'
READ = re.compile(r"read ([0-9,]+) of ([0-9,]+) rows")


def night(project: Project, as_of: str, settings: str) -> tuple[str, list[dict[str, Any]]]:
    """What a night says, and what it publishes."""
    project.configure(settings)
    answer = project.nightcast("run", "--as-of", as_of, "--product", "next_visit")
    assert answer.code == 0, answer.err
    published = project.select("SELECT * FROM {latest_next_visit} ORDER BY customer_id")
    bins = project.select("SELECT * FROM {latest_next_visit_bin} ORDER BY customer_id, bin")
    days = project.select("SELECT day, customers FROM {next_visit_day} ORDER BY run_id DESC, day")[:14]
    return answer.err, [*published, *bins, *days]


def assert_same(one: list[dict[str, Any]], two: list[dict[str, Any]]) -> None:
    assert len(one) == len(two)
    for before, after in zip(one, two, strict=True):
        for name, value in before.items():
            if isinstance(value, float) and after[name] is not None:
                assert math.isclose(value, after[name], rel_tol=1e-6, abs_tol=1e-6), name
            elif name not in ("run_id", "published_at"):
                assert value == after[name], name


def anew(said: str) -> tuple[int, int]:
    found = READ.search(" ".join(said.split()))
    assert found is not None, said
    read, rows = (int(number.replace(",", "")) for number in found.groups())
    return read, rows


def test_a_night_publishes_what_a_full_night_publishes(project: Project) -> None:
    rows = [(f"c{number}", day, number) for number in range(30) for day in daily("2026-01-01", 60, every=2 + number)]
    assert project.load("visits", VISITS, rows).code == 0
    said, _ = night(project, "2026-03-02", CHANGING)
    assert anew(said)[0] == anew(said)[1] > 100
    project.load("visits", VISITS, [("c1", "2026-03-02", 5), ("new", "2026-01-20", 2)])
    project.execute("DELETE FROM visits WHERE customer_id = 'c3' AND visited_at < '2026-01-10'")
    project.execute("UPDATE visits SET amount = 77 WHERE customer_id = 'c5' AND visited_at >= '2026-02-20'")
    said, published = night(project, "2026-03-03", CHANGING)
    read, rows_of_source = anew(said)
    assert 0 < read < rows_of_source / 2
    planned = project.nightcast("plan", "--as-of", "2026-03-03", "--product", "next_visit", "--json").rows
    assert [(row["rows_read"], row["rows_read_anew"]) for row in planned] == [(rows_of_source, 0)]
    (ledger, *_) = project.select("SELECT rows_read FROM {forecast_run} ORDER BY run_id DESC")
    assert ledger["rows_read"] == rows_of_source
    said, in_full = night(project, "2026-03-03", IN_FULL)
    assert READ.search(said) is None
    assert_same(published, in_full)

    assert project.nightcast("forget", "c1", "--json").code == 0
    assert project.select("SELECT * FROM {kept_visits}") == []
    assert not [path for path in (project.folder / "models_store").iterdir() if path.name.endswith(("base", "recent"))]
    said, again = night(project, "2026-03-03", CHANGING)
    assert anew(said) == (rows_of_source, rows_of_source)
    assert_same(in_full, again)
