"""SIGKILL at random moments to workers of shared nights, and to the nights: every shard counts once."""

from __future__ import annotations

import contextlib
import math
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy.engine import URL

from benchmarks.console_script import CommandError, fresh_database
from benchmarks.faults.checks import leftover_problems
from benchmarks.faults.forking import Forking
from benchmarks.faults.shop import Night, Shop
from benchmarks.faults.slowness import slow_writing

WORKERS = 3
"""Processes of `nightcast work` beside a night without a cluster."""

SHARDS = 12
FEWEST_KILLS, MOST_KILLS = 2, 4
"""In one night."""

SHARE_OF_DASK = 0.2
SHARE_OF_SLOW_WRITING = 0.4
SHARE_OF_NIGHTS = 0.15
"""How often the night itself is killed, and not a worker."""

PAUSE_SECONDS = 0.6
"""Before each kill, at most: a shard takes about half of it."""

ORPHAN_SECONDS = 30
"""How long workers of a cluster may take to end after their night was killed."""

PAUSES = {
    "sqlite": "RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 200000), "
    "pause AS MATERIALIZED (SELECT max(x) AS x FROM c)",
    "postgresql": "pause AS MATERIALIZED (SELECT pg_sleep(0.3))",
}
"""What makes a statement that reads visits take a few tenths of a second."""

SETTINGS = """
[next_visit]
recipes = ["pareto_nbd"]
[run]
products = ["next_visit"]
engine = "{engine}"
shards = {shards}
[source.visits]
query = "{query}"
"""

TABLES = (
    "SELECT * FROM latest_next_visit ORDER BY customer_id",
    "SELECT * FROM latest_next_visit_bin ORDER BY customer_id, bin",
    "SELECT d.* FROM next_visit_day AS d INNER JOIN latest_run AS r ON d.run_id = r.run_id ORDER BY d.day",
)
OF_THE_RUN = {"run_id", "published_at"}
"""Columns that tell two runs apart."""

SHARDS_SQL = """
SELECT s.run_id, s.shard, s.status, s.attempt, s.pid, s.finished_at, r.status AS run_status
FROM run_shard AS s INNER JOIN forecast_run AS r ON s.run_id = r.run_id
WHERE r.run_id = (SELECT MAX(run_id) FROM forecast_run) ORDER BY s.shard
"""
DONE = re.compile(r"shard (\d+) of run (\S+) is done")

Row = dict[str, Any]


@dataclass
class WorkerKills:
    """The results of the kills on one database.

    Attributes:
        tried: number of kills.
        survived: number of kills in nights in which every guarantee held.
        computed_twice: number of shards that were done, and were finished again.
        attempts: number of attempts beyond the first, of all shards.
        hits: number of kills by what was hit.
        problems: violated guarantees.
    """

    tried: int = 0
    survived: int = 0
    computed_twice: int = 0
    attempts: int = 0
    hits: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def kill_workers(kind: str, folder: Path, server: URL | None, kills: int, seed: int) -> WorkerKills:
    """Kill this number of workers and nights, in a shop of its own.

    Args:
        kind: the kind of database.
        folder: where the shop's folder is made.
        server: the server of a database with one.
        kills: how many.
        seed: of the moments, and of what is hit.
    """
    with contextlib.ExitStack() as stack:
        url = None if server is None else stack.enter_context(fresh_database(server))
        shop = Shop(folder / f"{kind}-shared", url, {}, 1, stack.enter_context(Forking()))
        shared = _SharedShop(shop, random.Random(seed))  # noqa: S311 no secret
        stack.callback(shared.end)
        while shared.result.tried < kills:
            shared.try_night(kills - shared.result.tried)
        return shared.result


@dataclass(frozen=True)
class _Held:
    """A shard that a killed process held."""

    run_id: str
    shard: int
    attempt: int


class _SharedShop:
    """A shop whose nights are shared, and the processes that take part."""

    def __init__(self, shop: Shop, drawn: random.Random) -> None:
        self.result = WorkerKills()
        self._shop, self._drawn, self._as_of = shop, drawn, shop.next_as_of()
        self._workers: list[Night] = []
        self._held: list[_Held] = []
        self._orphans: list[str] = []
        self._finished: dict[tuple[str, int], Row] = {}
        self._outputs: list[Night] = []
        self._configure("local")
        answer = shop.run(self._as_of, "--retrain", "always")
        if answer.code != 0:
            raise CommandError(f"a night without any fault failed: {answer.output[-2000:]}")
        self._expected = self._tables()

    def try_night(self, most: int) -> None:
        """A night in which some processes are killed, and a second one if the first is; then everything is checked."""
        engine = "dask" if self._drawn.random() < SHARE_OF_DASK else "shared"
        self._configure(engine)
        self._staff(0 if engine == "dask" else WORKERS)
        self._held, self._orphans, self._finished, self._outputs = [], [], {}, [*self._workers]
        wanted, tried = min(most, self._drawn.randint(FEWEST_KILLS, MOST_KILLS)), 0
        with slow_writing(self._shop) if self._drawn.random() < SHARE_OF_SLOW_WRITING else contextlib.nullcontext():
            night = self._start()
            while tried < wanted and self._is_under_way(night):
                time.sleep(self._drawn.uniform(0, PAUSE_SECONDS))
                hit = self._kill_one(night, engine)
                tried += hit is not None
                if hit == "the night":
                    night = self._start()
            answer = night.wait()
        problems = [] if answer.code == 0 else [f"exit code {answer.code}: {answer.output[-500:]}"]
        problems += self._orphans + self._problems()
        self.result.tried += tried
        self.result.survived += 0 if problems else tried
        self.result.problems += problems
        verdict = "; ".join(problems) or "survived"
        print(f"{self._shop.kind}: {self.result.tried} kills, {engine}: {verdict}", file=sys.stderr, flush=True)

    def end(self) -> None:
        """End all workers."""
        for worker in self._workers:
            worker.process.kill()
            worker.process.wait()

    def _configure(self, engine: str) -> None:
        schema = "public." if self._shop.kind == "postgresql" else ""
        query = f"WITH {PAUSES[self._shop.kind]} SELECT v.* FROM {schema}visits AS v CROSS JOIN pause"  # noqa: S608 our own
        self._shop.configure(SETTINGS.format(engine=engine, shards=SHARDS, query=query))

    def _start(self) -> Night:
        night = self._shop.start(self._as_of, "--retrain", "never")
        self._outputs.append(night)
        return night

    def _staff(self, count: int) -> None:
        """So many workers, all of which wait for work."""
        self._workers = [worker for worker in self._workers if worker.process.poll() is None]
        for worker in self._workers[count:]:
            worker.process.terminate()
            worker.process.wait()
        self._workers = self._workers[:count]
        self._workers += [self._shop.begin("work", "--stay") for _ in range(count - len(self._workers))]
        for worker in self._workers:
            if not _waits(worker):
                raise CommandError(f"a worker ended: {worker.output()[-500:]}")

    def _is_under_way(self, night: Night) -> bool:
        """Wait until another process than the night works on a shard; False when the night ends without."""

        def is_shared() -> bool:
            rows = [row for row in self._shards() if row["run_status"] == "running" and row["status"] == "leased"]
            return any(row["pid"] != night.process.pid for row in rows)

        return night.wait_until(is_shared)

    def _shards(self) -> list[Row]:
        return self._shop.select(SHARDS_SQL)

    def _kill_one(self, night: Night, engine: str) -> str | None:
        """Kill a process; what was hit, None if nothing was left to kill."""
        if night.process.poll() is not None:
            return None
        children = psutil.Process(night.process.pid).children(recursive=True)
        if self._drawn.random() < SHARE_OF_NIGHTS:
            return self._kill_night(night, children)
        own = {night.process.pid, *(worker.process.pid for worker in self._workers)}
        alive = [worker.process.pid for worker in self._workers if worker.process.poll() is None]
        alive += [row["pid"] for row in self._shards() if row["status"] == "leased" and row["pid"] not in own]
        if not alive:
            return None
        pid = self._drawn.choice(sorted(alive))
        with contextlib.suppress(psutil.NoSuchProcess):
            victim = psutil.Process(pid)
            victim.kill()
        for worker in self._workers:
            if worker.process.pid == pid:
                worker.process.wait()
        kind = "a worker of Dask" if pid not in own else "a worker"
        return self._note(kind, pid)

    def _kill_night(self, night: Night, children: list[psutil.Process]) -> str:
        night.process.kill()
        night.process.wait()
        for orphan in psutil.wait_procs(children, timeout=ORPHAN_SECONDS)[1]:
            self._orphans.append(f"a process of the killed night still runs: {orphan}")
        self._note("the night", night.process.pid)
        self._held = []  # its run ends with it
        return "the night"

    def _note(self, kind: str, pid: int) -> str:
        """Write down which shard the killed process held, and which were done by then."""
        time.sleep(0.1)  # what it had sent before may still be committed
        held = [row for row in self._shards() if row["status"] == "leased" and row["pid"] == pid]
        self._held += [_Held(row["run_id"], row["shard"], row["attempt"]) for row in held]
        self._finished |= {(row["run_id"], row["shard"]): row for row in self._shards() if row["status"] == "done"}
        self.result.hits[f"{kind} {'with a shard' if held else 'between shards'}"] += 1
        return kind

    def _tables(self) -> list[list[Row]]:
        rows = [self._shop.select(query) for query in TABLES]
        return [[{name: row[name] for name in row if name not in OF_THE_RUN} for row in part] for part in rows]

    def _problems(self) -> list[str]:
        """What is wrong after the last night."""
        shards, tables = self._shards(), self._tables()
        problems = [
            f"table {number}: {problem}"
            for number, (ours, theirs) in enumerate(zip(tables, self._expected, strict=True), start=1)
            for problem in different(ours, theirs)
        ]
        if [row["shard"] for row in shards if row["status"] == "done"] != list(range(1, SHARDS + 1)):
            problems.append(f"shards are not done: {shards}")
        self.result.attempts += sum(row["attempt"] - 1 for row in shards)
        final = {(row["run_id"], row["shard"]): row for row in shards}
        problems += self._lost(final)
        twice = self._twice(final)
        self.result.computed_twice += len(twice)
        return problems + twice + leftover_problems(self._shop)

    def _lost(self, final: dict[tuple[str, int], Row]) -> list[str]:
        """Shards of killed processes that no other process has taken."""
        rows = [(held, final.get((held.run_id, held.shard))) for held in self._held]
        return [f"nobody took {held} over: {row}" for held, row in rows if row and row["attempt"] <= held.attempt]

    def _twice(self, final: dict[tuple[str, int], Row]) -> list[str]:
        """Shards that were done at a kill and changed later, and those that two processes say to have done."""
        changed = [key for key, row in self._finished.items() if key in final and final[key] != _as_published(row)]
        said = Counter(match for night in self._outputs for match in DONE.findall(night.output()))
        return [f"shard {shard} of run {run} was done and changed" for run, shard in changed] + [
            f"shard {shard} of run {run} was done {count} times" for (shard, run), count in said.items() if count > 1
        ]


def _waits(worker: Night) -> bool:
    return worker.wait_until(lambda: "waits for nights" in worker.output())


def _as_published(row: Row) -> Row:
    return row | {"run_status": "published"}


def different(ours: list[Row], theirs: list[Row]) -> Iterator[str]:
    """How rows differ from those of a night of one process; nothing if they do not, rounding aside."""
    if len(ours) != len(theirs):
        yield f"{len(ours)} rows instead of {len(theirs)}"
        return
    for our, their in zip(ours, theirs, strict=True):
        wrong = [name for name, value in their.items() if not _same(our[name], value)]
        if wrong:
            yield f"{our} differs in {', '.join(wrong)} from {their}"
            return


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9) or (math.isnan(one) and math.isnan(other))
    return bool(one == other)
