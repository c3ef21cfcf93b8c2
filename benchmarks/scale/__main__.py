"""`make bench-scale`: a loaded night beside its floor and the plain way, a trained one, on SQLite, and a small one."""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from benchmarks import console_script
from benchmarks.console_script import CommandError
from benchmarks.figures import Figure, Goal, table
from benchmarks.scale import changes, cost, floor, history, plain, views
from benchmarks.scale.nights import IN_FULL, LOADED, TWO_WORKERS, MeasuredNight, Project, watched
from benchmarks.scale.shop import Visits, write_visits

CUSTOMERS, SAMPLE_CUSTOMERS = 1_000_000, 20_000
_BESIDE = ("floor", "plain", "tenth", "views", "workers", "sqlite")
PARTS = (*_BESIDE, "incremental", "training", "cost", "history", "small")
TENTH, TWENTIETH = 10, 20
NIGHTS = 60
FEW_VISITS = 3

GOALS = {
    "full_over_floor": Goal("<=", 1.0),
    "full_gib": Goal("<=", 2.5),
    "plain_over_full": Goal(">=", 17),
    "full_over_tenth": Goal("<=", 10.5),
    "sqlite_over_postgresql": Goal("<=", 2.0),
    "incremental_over_full": Goal("<=", 0.35),
    "incremental_rows_share": Goal("<=", 0.03),
    "training_seconds": Goal("<=", 150),
    "small_night_seconds": Goal("<=", 8),
    "bytes_per_customer": Goal("<=", 150),
    "view_one_customer_ms": Goal("<=", 10),
    "view_customers_due_ms": Goal("<=", 50),
    "two_workers_speedup": Goal(">=", 1.5),
    "history_view_one_customer_ms": Goal("<=", 10),
    "history_view_customers_due_ms": Goal("<=", 50),
    "history_views_that_scan": Goal("<=", 0),
}


def said(what: object) -> None:
    """Print a line at once."""
    print(what, flush=True)


class Scale:
    """The parts of the benchmark, and the figures of those that ran.

    Attributes:
        values: the figures by name.

    Args:
        folder: an empty folder for projects and databases.
        customers: the number of customers.
        parts: which of `PARTS` run.
    """

    def __init__(self, folder: Path, customers: int, parts: Sequence[str]) -> None:
        self.values: dict[str, float] = {}
        self._folder, self._customers, self._parts = folder, customers, parts
        self._visits = Visits.generated(customers)

    def on_postgresql(self, url: URL) -> None:
        """All parts that run on PostgreSQL."""
        with timed("generating"):
            write_visits(url, self._tables())
        project = self._trained(Project(self._folder / "postgresql", url))
        tenth = project.night("visits_tenth", -1) if "tenth" in self._parts else None
        before = views.stored_bytes(url)
        full = project.night("visits", 0)
        said(f"postgresql: {full}")
        self._of_full(full, (views.stored_bytes(url) - before) / full.subjects)
        if tenth is not None:
            said(f"a tenth: {tenth}")
            self.values["full_over_tenth"] = full.published / tenth.published
        if "views" in self._parts:
            self.values |= views.milliseconds(url, self._customers)
        if "workers" in self._parts:
            self._two_workers(project, full)
        if "floor" in self._parts:
            self._floor(url, full)
        if "plain" in self._parts:
            seconds = plain.seconds(url, "visits_twentieth")
            said(f"the plain way, a twentieth: {seconds:.1f} s")
            self.values |= {"plain_over_full": seconds * TWENTIETH / full.published}
        if "incremental" in self._parts:
            self._of_changes(project, full, "")
        if "training" in self._parts:
            trained = project.night("visits", 1, "--retrain", "always", settings=IN_FULL)
            said(f"postgresql: {trained}")
            self.values |= {"training_seconds": trained.published, "training_gib": trained.gib}
        if "cost" in self._parts and tenth is not None:
            self._cost(project, full, tenth)
        if "history" in self._parts:
            self._history(url)

    def on_sqlite(self) -> None:
        """The same night on SQLite."""
        folder = self._folder / "sqlite"
        folder.mkdir()
        url = URL.create("sqlite", database=str(folder / "shop.db"))
        with timed("generating on SQLite"):
            write_visits(url, {name: self._tables()[name] for name in ("visits", "visits_sample")})
        project = self._trained(Project(folder, url))
        night = project.night("visits", 0)
        said(f"sqlite: {night}")
        self.values["sqlite_seconds"] = night.published
        if "incremental" in self._parts:
            self._of_changes(project, night, "sqlite_")
        if "full_seconds" in self.values:
            self.values["sqlite_over_postgresql"] = night.published / self.values["full_seconds"]

    def small_night(self) -> None:
        """A night of the demo shop whose champions are loaded."""
        folder = self._folder / "small"
        folder.mkdir()
        environment = console_script.environment(folder, None)
        watched(["demo"], folder, environment)
        begin = time.perf_counter()
        watched(["run"], folder, environment)
        self.values["small_night_seconds"] = time.perf_counter() - begin

    def _tables(self) -> dict[str, Visits]:
        steps = {"visits": 1, "visits_sample": max(1, self._customers // SAMPLE_CUSTOMERS)}
        steps |= {"visits_tenth": TENTH} if "tenth" in self._parts else {}
        steps |= {"visits_twentieth": TWENTIETH} if "plain" in self._parts else {}
        tables = {name: self._visits.of_every(step) for name, step in steps.items()}
        return tables | ({"visits_few": self._visits.first_of_each(FEW_VISITS)} if "cost" in self._parts else {})

    def _trained(self, project: Project) -> Project:
        """The project with a champion, trained on a sample of the customers the night before the others."""
        project.create()
        said(f"{project.url.get_backend_name()}: {project.night('visits_sample', -2, '--retrain', 'always')}")
        return project

    def _of_full(self, full: MeasuredNight, each: float) -> None:
        if full.retrained:
            raise CommandError("the night trained, although there was a champion")
        stages = {f"full_{name}_seconds": seconds for name, seconds in full.stages.items()}
        whole = {"full_seconds": full.published, "full_process_seconds": full.process, "full_gib": full.gib}
        whole["full_processor_seconds"] = full.processor
        self.values |= whole | stages | {"bytes_per_customer": each}

    def _two_workers(self, project: Project, full: MeasuredNight) -> None:
        shared = project.night("visits", 0, settings=TWO_WORKERS + LOADED)
        said(f"two Dask workers: {shared}")
        self.values |= {"two_workers_seconds": shared.published, "two_workers_gib": shared.gib}
        self.values["two_workers_speedup"] = full.published / shared.published

    def _cost(self, project: Project, full: MeasuredNight, tenth: MeasuredNight) -> None:
        few = project.night("visits_few", 0)
        many_bins = cost.with_many_bins(project, "visits_sample", "visits_tenth")
        nights = {"visits": (full, 5), "visits_tenth": (tenth, 5), "visits_few": (few, 5), "many": (many_bins, 12)}
        rows = {name: visits.customer.size for name, visits in self._tables().items()}
        rows["many"] = rows["visits_tenth"]
        sized = [
            cost.SizedNight(rows[name], night.subjects, bins, night.published) for name, (night, bins) in nights.items()
        ]
        for one in sized:
            said(one)
        self.values |= cost.CostModel.fit(sized).figures

    def _history(self, url: URL) -> None:
        with timed(f"{NIGHTS} nights"):
            history.add_nights(url, NIGHTS - 1)
        milliseconds = views.milliseconds(url, self._customers)
        self.values |= {f"history_{name}": value for name, value in milliseconds.items()}
        scanning = history.scanning_views(url)
        said(f"views that scan all nights: {', '.join(scanning) or 'none'}")
        self.values["history_views_that_scan"] = len(scanning)

    def _of_changes(self, project: Project, full: MeasuredNight, prefix: str) -> None:
        """The figures of a night that reads only what has changed."""
        first, second, share = changes.nights(project, self._visits)
        said(f"the night before the changes: {first}\nthe changes: {second}")
        self.values |= {
            f"{prefix}incremental_over_full": second.published / full.published,
            f"{prefix}incremental_rows_share": share,
            f"{prefix}incremental_gib": second.gib,
            f"{prefix}incremental_read_seconds": second.stages["read"],
            f"{prefix}first_over_full": first.published / full.published,
            f"{prefix}keep_seconds": first.stages["keep"],
        }

    def _floor(self, url: URL, full: MeasuredNight) -> None:
        least = floor.measure(url, "visits", full.subjects)
        said(least)
        parts = {"floor_read": least.read, "floor_network": least.network, "floor_write": least.write}
        self.values |= {f"{name}_seconds": seconds for name, seconds in parts.items()}
        self.values |= {"floor_seconds": least.seconds, "full_over_floor": full.published / least.seconds}
        self.values |= {"floor_processor_seconds": least.processor}


@contextlib.contextmanager
def timed(name: str) -> Iterator[None]:
    """Say how long a step of the benchmark itself takes."""
    begin = time.perf_counter()
    yield
    said(f"{name}: {time.perf_counter() - begin:.1f} s")


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line's options."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--customers", type=int, default=CUSTOMERS, help=f"number of customers ({CUSTOMERS:,})")
    parser.add_argument("--only", nargs="+", choices=["night", *PARTS], help="only these parts; night: a loaded night")
    parser.add_argument("--postgres-url", help="a server to create a database on, instead of a temporary one")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Measure, and end with one line per figure; 0 if it ran, 1 if a command or the server failed."""
    chosen = options(arguments)
    parts = [*(chosen.only or PARTS)]
    parts += ["tenth"] if "cost" in parts else []
    try:
        with tempfile.TemporaryDirectory(prefix="nc-scale-") as name:  # short: a socket's path has a limit
            folder = Path(name)
            scale = Scale(folder, chosen.customers, parts)
            if set(parts) - {"small"}:
                with (
                    console_script.postgres_server(folder, chosen.postgres_url) as server,
                    console_script.fresh_database(server) as url,
                ):
                    scale.on_postgresql(url)
            if "sqlite" in parts:
                scale.on_sqlite()
            if "small" in parts:
                scale.small_night()
    except (CommandError, DBAPIError) as error:
        print(error, file=sys.stderr)
        return 1
    figures = [Figure(name, value, GOALS.get(name)) for name, value in scale.values.items()]
    said(table(figures, f"a night of {chosen.customers:,} customers"))
    said("\n".join(figure.line for figure in figures))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
