"""Processes that share a night are killed, stopped and cut off: every shard counts once, and no night needs help."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks.faults.forking import Forking
from tests.conftest import PostgresServer
from tests.end_to_end.conftest import Project
from tests.end_to_end.machines import GATED, Gate, Machine, Machines, Output, gate_of, wait_until
from tests.end_to_end.shops import daily

AS_OF = "2026-04-01"
SHARDS = 6
ALONE = """
[run]
products = ["next_visit"]
"""
SHARED = f"""
[run]
products = ["next_visit"]
engine = "shared"
shards = {SHARDS}
"""
LONG_AGO = "2020-01-01 00:00:00+00"


def on_dask(address: str | None = None) -> str:
    """The settings of a night whose shards a cluster takes."""
    return SHARED.replace('"shared"', '"dask"') + (f'dask_address = "{address}"\n' if address else "")


@pytest.fixture(scope="module")
def shop(
    postgres_server: PostgresServer, forking: Forking, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    """A project on PostgreSQL, on which all tests here run night after night."""
    url = postgres_server.create(migrated=True)
    made = Project(tmp_path_factory.mktemp("shop"), url.render_as_string(hide_password=False), lambda: Output("", ""))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made.folder)
        patch.setenv("NIGHTCAST_DATABASE__URL", made.url)
        begin(made, Machines(forking, made))
        yield made
    made.engine.dispose()
    postgres_server.drop(url)


def begin(project: Project, machines: Machines) -> None:
    """Load visits, and publish a night of one process."""
    assert project.nightcast("init").code == 0
    visits = [
        (f"c{number}", day, 1 + number % 7) for number in range(120) for day in daily("2026-01-01", 89, 3 + number % 40)
    ]
    assert project.load("visits", ("customer_id", "visited_at", "amount"), visits).code == 0
    project.configure(ALONE)
    assert run(machines, "auto").wait() == 0


@pytest.fixture
def machines(shop: Project, forking: Forking, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machines]:
    """Processes on the shop, all of which end with the test."""
    monkeypatch.chdir(shop.folder)
    monkeypatch.setenv("NIGHTCAST_DATABASE__URL", shop.url)
    for path in (*shop.folder.glob("machine-*.log"), *shop.folder.glob("scheduler.json")):
        path.unlink()
    started = Machines(forking, shop)
    yield started
    started.close()


@pytest.fixture
def gate(shop: Project) -> Iterator[Gate]:
    """A gate before the visits of the nights of this test, open."""
    with gate_of(shop) as gate:
        yield gate


def run(machines: Machines, retrain: str = "never") -> Machine:
    return machines.nightcast("run", "--as-of", AS_OF, "--retrain", retrain)


def gated(settings: str) -> str:
    return f'{settings}\n[source.visits]\nquery = "{GATED}"\n'


def forecasts(project: Project) -> dict[str, list[list[Any]]]:
    """What readers see, without the run."""
    queries = {
        "customers": "SELECT * FROM {latest_next_visit} ORDER BY customer_id",
        "bins": "SELECT * FROM {latest_next_visit_bin} ORDER BY customer_id, bin",
        "days": "SELECT d.* FROM {next_visit_day} d JOIN {latest_run} r ON r.run_id = d.run_id ORDER BY day",
    }
    return {
        name: [
            [value for column, value in row.items() if column not in ("run_id", "published_at")]
            for row in project.select(query)
        ]
        for name, query in queries.items()
    }


def shards(project: Project, status: str = "published") -> list[dict[str, Any]]:
    """The shards of the newest run, which has a status."""
    query = "SELECT s.*, r.status AS run_status FROM {run_shard} s JOIN {forecast_run} r ON r.run_id = s.run_id"
    rows = project.select(f"{query} WHERE r.run_id = (SELECT MAX(run_id) FROM {{forecast_run}}) ORDER BY shard")
    assert {row["run_status"] for row in rows} == {status}
    return rows


def notes(project: Project) -> str:
    newest = "SELECT notes FROM {forecast_run} ORDER BY run_id DESC"
    return project.select(newest)[0]["notes"] or ""


def check(project: Project, before: dict[str, list[list[Any]]]) -> list[int]:
    """The forecasts are those of one process, and nothing is left behind; the attempts of all shards."""
    after = forecasts(project)
    assert {name: len(rows) for name, rows in after.items()} == {name: len(rows) for name, rows in before.items()}
    for name, rows in before.items():
        for ours, theirs in zip(after[name], rows, strict=True):
            assert ours == [pytest.approx(one, rel=1e-9) if isinstance(one, float) else one for one in theirs]
    done = shards(project)
    assert [row["status"] for row in done] == ["done"] * SHARDS
    assert {row["outcome"] for row in done} <= {None, "null"}
    kept = "(SELECT run_id FROM {forecast_run} WHERE status IN ('published', 'superseded'))"
    assert project.select(f"SELECT run_id FROM {{run_shard}} WHERE run_id NOT IN {kept}") == []
    numbers = kept.replace("run_id", "run_number")
    assert project.select(f"SELECT run_number FROM {{next_visit_stored}} WHERE run_number NOT IN {numbers}") == []
    assert project.select("SELECT run_id FROM {product_lock}") == []
    assert list((project.folder / "models_store").glob("*-shared")) == []
    return [row["attempt"] for row in done]


def times_done(project: Project) -> int:
    """How often a process has finished a shard of the newest run."""
    run_id = project.select("SELECT MAX(run_id) AS run_id FROM {forecast_run}")[0]["run_id"]
    logs = [path.read_text(encoding="utf-8") for path in project.folder.glob("machine-*.log")]
    return sum(f"of run {run_id} is done" in line for log in logs for line in log.splitlines())


def holder(project: Project, machines: list[Machine]) -> Machine:
    """The process of these that holds a shard, and is not the last one to have begun."""
    held = [row["pid"] for row in shards(project, "running") if row["status"] == "leased"]
    return next(machine for machine in machines if machine.pid in held)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_night_and_two_processes_share_the_shards_on_sqlite(project: Project, forking: Forking) -> None:
    machines = Machines(forking, project)
    begin(project, machines)
    before = forecasts(project)
    project.configure(SHARED)
    helpers = [machines.nightcast("work", "--stay") for _ in range(2)]
    night = run(machines)
    assert night.wait() == 0, night.output
    assert check(project, before) == [1] * SHARDS
    assert {row["pid"] for row in shards(project)} <= {night.pid, *(helper.pid for helper in helpers)}
    for helper, number in zip(helpers, (signal.SIGTERM, signal.SIGINT), strict=True):
        helper.signal(number)
    assert [helper.wait() for helper in helpers] == [143, 130]


def test_each_process_has_taken_its_part(shop: Project, machines: Machines, gate: Gate) -> None:
    before = forecasts(shop)
    shop.configure(gated(SHARED))
    gate.close()
    night = run(machines)
    gate.wait_for(1)
    helpers = [machines.nightcast("work") for _ in range(2)]
    gate.wait_for(3)
    gate.open()
    assert night.wait() == 0, night.output
    assert [helper.wait() for helper in helpers] == [0, 0]
    assert check(shop, before) == [1] * SHARDS
    assert {row["pid"] for row in shards(shop)} == {night.pid, *(helper.pid for helper in helpers)}


def test_a_local_cluster_gives_the_tables_of_one_process_and_leaves_no_process(
    shop: Project, machines: Machines, gate: Gate
) -> None:
    before = forecasts(shop)
    shop.configure(gated(on_dask()))
    gate.close()
    night = run(machines)
    gate.wait_for(min(psutil.cpu_count() or 1, SHARDS))
    started = night.children
    workers = {process.pid for process in started}
    gate.open()
    assert night.wait() == 0, night.output
    assert check(shop, before) == [1] * SHARDS
    assert {row["pid"] for row in shards(shop)} & workers
    assert psutil.wait_procs(started, timeout=10)[1] == []


def test_a_worker_of_a_cluster_is_killed_in_the_middle_of_a_shard(
    shop: Project, machines: Machines, gate: Gate
) -> None:
    before = forecasts(shop)
    _scheduler, address = machines.scheduler()
    shop.configure(gated(on_dask(address)))
    workers = [machines.dask_worker(address) for _ in range(2)]
    gate.close(passes=2)
    night = run(machines)
    gate.wait_for(2)
    killed, finished = holder(shop, workers), [row for row in shards(shop, "running") if row["status"] == "done"]
    killed.kill()
    gate.open()
    assert night.wait() == 0, night.output
    assert sorted(check(shop, before)) == [1] * (SHARDS - 1) + [2]
    assert times_done(shop) == SHARDS
    after = {row["shard"]: row["finished_at"] for row in shards(shop)}
    assert finished
    assert {row["shard"]: row["finished_at"] for row in finished}.items() <= after.items()


def test_the_scheduler_of_a_cluster_is_killed(shop: Project, machines: Machines, gate: Gate) -> None:
    before = forecasts(shop)
    scheduler, address = machines.scheduler()
    shop.configure(gated(on_dask(address)))
    workers = [machines.dask_worker(address) for _ in range(2)]
    gate.close(passes=2)
    night = run(machines)
    gate.wait_for(2)
    scheduler.kill()
    wait_until(lambda: "Dask scheduler is lost" in night.output, lambda: night.output)
    gate.open()
    assert night.wait() == 0, night.output
    assert "the connection to the Dask scheduler is lost; this process forecasts what is left" in notes(shop)
    check(shop, before)
    assert times_done(shop) == SHARDS
    for worker in workers:
        worker.kill()


def test_the_night_is_killed_while_others_work(shop: Project, machines: Machines, gate: Gate) -> None:
    before = forecasts(shop)
    shop.configure(gated(on_dask()))
    gate.close(passes=1)
    helper = machines.nightcast("work", "--stay")
    night = run(machines)
    gate.wait_for(min(psutil.cpu_count() or 1, SHARDS - 1) + 1)
    cluster = night.children
    dead = shards(shop, "running")[0]["run_id"]
    night.kill()
    assert psutil.wait_procs(cluster, timeout=20)[1] == []
    gate.open()
    wait_until(lambda: all(row["status"] == "done" for row in shards(shop, "running")), lambda: helper.output)
    assert forecasts(shop) == before
    shop.configure(gated(SHARED))
    again = run(machines)
    assert again.wait() == 0, again.output
    stopped = shop.select(f"SELECT status FROM {{forecast_run}} WHERE run_id = '{dead}'")
    assert stopped == [{"status": "abandoned"}]
    check(shop, before)


def test_a_lease_ran_out_while_its_worker_still_writes(shop: Project, machines: Machines, gate: Gate) -> None:
    before = forecasts(shop)
    shop.configure(gated(SHARED))
    gate.close()
    night = run(machines)
    gate.wait_for(1)
    stopped = machines.nightcast("work")
    gate.wait_for(2)
    late = next(row for row in shards(shop, "running") if row["pid"] == stopped.pid)
    for machine in (night, stopped):
        machine.signal(signal.SIGSTOP)
    shop.execute(f"UPDATE {{run_shard}} SET leased_until = '{LONG_AGO}' WHERE pid = {stopped.pid}")
    gate.open()
    assert machines.nightcast("work").wait() == 0
    assert [row["attempt"] for row in shards(shop, "running") if row["shard"] == late["shard"]] == [2]
    stopped.signal(signal.SIGCONT)
    assert stopped.wait() == 0, stopped.output
    assert f"Shard {late['shard']} of run {late['run_id']} belongs to another worker" in stopped.output
    night.signal(signal.SIGCONT)
    assert night.wait() == 0, night.output
    assert sorted(check(shop, before)) == [1] * (SHARDS - 1) + [2]
    assert times_done(shop) == SHARDS


def test_a_worker_with_other_settings_takes_no_part_and_holds_nobody_up(
    shop: Project, machines: Machines, tmp_path: Path
) -> None:
    before = forecasts(shop)
    _scheduler, address = machines.scheduler()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    store = f'[model]\nstore = "{shop.folder}/models_store"\n'
    (elsewhere / "nightcast.toml").write_text(f'[source.visits]\nexclude_customers = ["c1"]\n{store}', encoding="utf-8")
    machines.dask_worker(address, folder=elsewhere)
    shop.configure(on_dask(address))
    night = run(machines)
    assert night.wait() == 0, night.output
    assert "takes no further part: The settings of this worker differ" in notes(shop)
    assert check(shop, before) == [1] * SHARDS


def test_the_database_cuts_all_connections_in_the_middle(shop: Project, machines: Machines, gate: Gate) -> None:
    before = forecasts(shop)
    shop.configure(gated(SHARED))
    gate.close(passes=1)
    night, helper = run(machines), machines.nightcast("work", "--stay")
    gate.wait_for(2)
    shop.select(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
        "AND datname = current_database() AND pid IN (SELECT pid FROM pg_locks WHERE NOT granted)"
    )
    gate.open()
    assert night.wait() == 0, night.output
    helper.signal(signal.SIGTERM)
    assert helper.wait() == 143
    assert sorted(check(shop, before))[-1] == 2
    assert times_done(shop) == SHARDS
