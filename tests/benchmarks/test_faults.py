"""The verdicts about faults, on rows small enough to judge by eye."""

from __future__ import annotations

import datetime
import sqlite3
from itertools import islice, pairwise
from typing import Any, cast

import pytest

from benchmarks.faults import __main__ as faults
from benchmarks.faults import bad_rows, locks
from benchmarks.faults.cases import FaultResult
from benchmarks.faults.checks import next_visit_problems, series_problems, total_problems
from benchmarks.faults.kills import Kills, moments, stage_of
from benchmarks.faults.shop import BINS, STEPS, Shop
from benchmarks.faults.verdicts import figures, kill_lines, table, worker_figures, worker_kill_lines
from benchmarks.faults.worker_kills import WorkerKills, different
from sql.tables import QUANTILES

DAY = datetime.date(2026, 1, 1)


def bins(customers: str = "ab", run: str = "r") -> list[dict[str, Any]]:
    return [
        {"run_id": run, "customer_id": customer, "bin": bin_, "probability": 1 / BINS}
        for customer in customers
        for bin_ in range(1, BINS + 1)
    ]


def steps(series: str = "xy", run: str = "r") -> list[dict[str, Any]]:
    quantiles = dict(zip(QUANTILES, [0.0, 1.0, *[2.0] * 8, 3.0], strict=True))
    return [
        {"run_id": run, "series_id": name, "step": step, "mean": 2.0, **quantiles}
        for name in series
        for step in range(1, STEPS + 1)
    ]


def totals(series: str = "xy", run: str = "r", mean: float = 2.0 * STEPS) -> list[dict[str, Any]]:
    rows = [{"level": "series", "group_value": name, "mean": mean} for name in series]
    rows.append({"level": "all", "group_value": "all", "mean": 2 * mean})
    return [{"run_id": run, "span": span, **row} for row in rows for span in ("horizon", "month")]


def test_complete_nights_have_no_problems() -> None:
    assert next_visit_problems(bins(), {"a", "b"}) == []
    assert series_problems("sales", steps(), {"x", "y"}) == []
    assert total_problems("sales", totals(), steps()) == []


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([], "0 runs are shown"),
        (bins("a"), "1 customers are shown, 2 are known"),
        (bins("abc"), "3 customers are shown, 2 are known"),
        (bins()[1:], "bins are missing or doubled"),
        (bins() + bins("a"), "bins are missing or doubled"),
        ([{**row, "probability": 0.19} for row in bins()], "do not sum to 1"),
        (bins("a") + bins("b", "another"), "2 runs are shown"),
    ],
)
def test_half_a_night_of_next_visits_is_found(rows: list[dict[str, Any]], problem: str) -> None:
    assert any(problem in each for each in next_visit_problems(rows, {"a", "b"}))


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([], "0 runs are shown"),
        (steps("x"), "1 series are shown, 2 are known"),
        (steps()[:-1], "steps are missing or doubled"),
        (steps() + steps("y"), "steps are missing or doubled"),
        ([{**row, "q10": 9.0} for row in steps()], "quantiles cross"),
        (steps("x") + steps("y", "another"), "2 runs are shown"),
    ],
)
def test_half_a_night_of_series_is_found(rows: list[dict[str, Any]], problem: str) -> None:
    assert any(problem in each for each in series_problems("sales", rows, {"x", "y"}))


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([], "another run"),
        (totals(run="another"), "another run"),
        (totals("x"), "missing or doubled"),
        (totals() + totals("y"), "missing or doubled"),
        (totals("xz"), "missing or doubled"),
        (totals(mean=1.0), "not the sums"),
    ],
)
def test_totals_of_half_a_night_are_found(rows: list[dict[str, Any]], problem: str) -> None:
    assert any(problem in each for each in total_problems("sales", rows, steps()))


def test_moments_are_the_same_for_a_seed_and_cover_the_whole_night() -> None:
    drawn = sorted(islice(moments(3, 20.0), 400))
    assert drawn == sorted(islice(moments(3, 20.0), 400))
    assert drawn != sorted(islice(moments(4, 20.0), 400))
    assert drawn[0] >= 0
    assert drawn[-1] <= 20
    assert max(later - earlier for earlier, later in pairwise([0.0, *drawn, 20.0])) < 1


@pytest.mark.parametrize(
    ("output", "stage"),
    [
        ("", "start"),
        ("00:00:01  next_visit check: 0.0 s\n00:00:01  next_visit read: 0.1 s", "next_visit prepare"),
        ("next_visit publish: 0.0 s", "next_visit review"),
        ("next_visit review: 0.0 s", "sales check"),
        ("next_visit publish: 0.0 s\nsales prepare: 0.0 s", "sales choose"),
        ("sales review: 0.0 s", "visit_counts check"),
        ("visit_counts review: 0.0 s", "end"),
    ],
)
def test_the_stage_that_a_kill_hit(output: str, stage: str) -> None:
    assert stage_of(output) == stage


def test_tables_and_figures() -> None:
    kills = Kills(3, 2, problems=["4.0 s, sales choose: a lock is held"])
    kills.stages.update(["sales choose", "start", "sales choose"])
    results = {
        "a": FaultResult("ended in 2.0 s", seconds=2.04),
        "long name": FaultResult("fine", ["a lock is held"], seconds=9.96),
        "b": FaultResult("not tried: why", tried=False),
    }
    assert kill_lines("sqlite", kills) == [
        "sqlite: 2 of 3 kills survived; they hit: sales choose 2, start 1",
        "4.0 s, sales choose: a lock is held",
    ]
    assert table("sqlite", results).split("\n") == [
        "sqlite: a          held    ended in 2.0 s",
        "sqlite: long name  LOST    a lock is held",
        "sqlite: b          -       not tried: why",
    ]
    assert [figure.line for figure in figures("sqlite", kills, results, 10)] == [
        "figure sqlite_kills_survived 2 goal >= 3",
        "figure sqlite_faults_held 1 goal >= 2",
        "figure sqlite_faults_not_tried 1",
        "figure sqlite_seconds_to_end 10 goal <= 10",
    ]
    assert figures("sqlite", Kills(), {}, 10) == []
    assert kill_lines("sqlite", Kills()) == []


def test_options() -> None:
    assert faults.options([]).kills == 40
    assert faults.options(["--fault", "SIGTERM"]).kills == 0
    assert faults.options(["--fault", "SIGTERM", "--kills", "2"]).kills == 2


def test_a_fault_that_this_machine_does_not_allow_is_not_tried() -> None:
    result = locks.held(cast(Shop, MemoryShop()), ("/no/such/command", "-f"))
    assert not result.tried
    assert result.problems == []


class MemoryShop:
    """The database of a shop, without nights."""

    kind = "sqlite"

    def __init__(self) -> None:
        self._connection = sqlite3.connect(":memory:")
        self._connection.row_factory = sqlite3.Row
        self.execute(
            "CREATE TABLE visits (customer_id TEXT NOT NULL, visited_at TEXT NOT NULL, amount REAL)",
            "INSERT INTO visits VALUES ('a', '2025-12-30', 1)",
            "CREATE TABLE forecast_run (run_id TEXT, as_of TEXT)",
            "INSERT INTO forecast_run VALUES ('r', '2026-01-01')",
            "CREATE TABLE rejected_row (run_id TEXT, source TEXT, reason TEXT, rows INTEGER)",
            "INSERT INTO rejected_row VALUES ('r', 'visits', 'no customer', 1), ('r', 'visits', 'no date', 2)",
        )

    def select(self, query: str) -> list[dict[str, Any]]:
        return [dict(row) for row in self._connection.execute(query)]

    def execute(self, *statements: str) -> None:
        for statement in statements:
            self._connection.execute(statement)


def test_bad_rows_are_there_for_a_night_only() -> None:
    shop = cast(Shop, MemoryShop())
    before = shop.select("SELECT * FROM visits")
    types = "SELECT typeof(customer_id) || ' ' || typeof(visited_at) || ' ' || typeof(amount) AS kinds FROM visits"
    with bad_rows.with_bad_rows(shop, "visits", bad_rows.SQLITE, DAY):
        assert len(shop.select(types)) == 1 + len(bad_rows.SQLITE)
        assert {"null text real", "blob text real", "text blob real", "text text blob"} <= {
            row["kinds"] for row in shop.select(types)
        }
    assert shop.select("SELECT * FROM visits") == before
    with pytest.raises(sqlite3.IntegrityError):
        shop.execute("INSERT INTO visits VALUES (NULL, '2026-01-01', 1)")


def test_a_bad_row_that_is_not_counted_is_a_problem() -> None:
    shop = cast(Shop, MemoryShop())
    assert bad_rows.count_problems(shop, "visits", 3, DAY) == []
    assert bad_rows.count_problems(shop, "visits", 4, DAY) == [
        "visits: 4 bad rows, rejected are {'no customer': 1, 'no date': 2}"
    ]
    assert len(bad_rows.count_problems(shop, "sales", 1, DAY)) == 1


def test_tables_of_shared_nights_may_differ_by_rounding_alone() -> None:
    rows = [{"customer_id": "a", "days": 2.0, "bookings": None}, {"customer_id": "b", "days": 0.1, "bookings": None}]
    nearly = [row | {"days": row["days"] * (1 + 1e-12)} for row in rows]  # type: ignore[operator]
    assert list(different(rows, nearly)) == []
    assert list(different(rows[:1], rows)) == ["1 rows instead of 2"]
    (problem,) = different([rows[0], rows[1] | {"days": 0.2}], rows)
    assert "differs in days" in problem
    assert list(different([rows[0] | {"bookings": 1.0}, rows[1]], rows)) != []


def test_kills_of_workers_are_summed_up() -> None:
    kills = WorkerKills(4, 3, 1, 5, problems=["shard 1 of run r was done and changed"])
    kills.hits.update({"a worker with a shard": 3, "the night between shards": 1})
    assert worker_kill_lines("sqlite", kills) == [
        "sqlite: 3 of 4 kills of workers survived; they hit: a worker with a shard 3, the night between shards 1; "
        "5 further attempts",
        "shard 1 of run r was done and changed",
    ]
    lines = [figure.line for figure in worker_figures({"sqlite": kills, "postgresql": WorkerKills(2, 2)})]
    assert lines == [
        "figure sqlite_worker_kills_survived 3 goal >= 4",
        "figure postgresql_worker_kills_survived 2 goal >= 2",
        "figure finished_shards_computed_twice 1 goal <= 0",
    ]
    assert worker_figures({}) == []


def test_chosen_faults_come_without_kills() -> None:
    assert (faults.options(["--fault", "SIGTERM"]).kills, faults.options(["--fault", "SIGTERM"]).worker_kills) == (0, 0)
    alone = faults.options(["--fault", faults.NONE, "--worker-kills", "7"])
    assert (alone.kills, alone.worker_kills) == (0, 7)
    assert faults.wanted(faults.COMMON, alone) == {}
    assert faults.options([]).worker_kills == 40
