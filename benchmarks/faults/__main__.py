"""`make faults`: kills and other faults of a night, on SQLite and on PostgreSQL, each with a verdict."""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from benchmarks.console_script import CommandError
from benchmarks.faults import bad_rows, cases, locks, lost_databases, migrations
from benchmarks.faults.cases import TERMINATION_SECONDS, FaultResult
from benchmarks.faults.kills import Kills, kill_nights, killed_after
from benchmarks.faults.services import PostgresServer, postgres_server, prefect_server
from benchmarks.faults.shop import Shop
from benchmarks.faults.verdicts import figures, kill_lines, table, worker_figures, worker_kill_lines
from benchmarks.faults.worker_kills import kill_workers
from benchmarks.figures import Figure

KINDS = ("sqlite", "postgresql")
SPARE_DAYS = 120
"""Days of rows beyond the nights that are killed: enough for the other faults and the clock changes."""

NONE = "none"
"""As a name of faults: kills alone."""

Case = Callable[[Shop], FaultResult]

COMMON: dict[str, Case] = {
    "two nights start in the same second": cases.two_at_once,
    "another night begins after the clock has stepped": partial(locks.held, under=locks.CLOCK_STEP),
    "another night begins in another PID namespace": partial(locks.held, under=locks.NAMESPACE),
    "SIGTERM while TensorFlow is imported": cases.terminated_in_import,
    "SIGTERM while a network trains": cases.terminated_in_training,
    "SIGTERM in the middle of a write": cases.terminated_in_writing,
    "SIGKILL as visit counts are written": partial(killed_after, stage="choose"),
    "SIGKILL as visit counts are published": partial(killed_after, stage="forecast"),
    "SIGKILL as a night looks back": partial(killed_after, stage="publish"),
    "a file of the model is truncated": cases.truncated_model,
    "the disk of the model store is full": cases.full_store,
    "the disk of the model store is read-only": cases.read_only_store,
    "a bad row of each kind": bad_rows.of_each_kind,
}
LAST: dict[str, Case] = {"the clock changes for daylight saving": cases.clock_changes}
SQLITE: dict[str, Case] = {
    "locked by another writer for 10 s": partial(lost_databases.locked, seconds=10),
    "locked by another writer for 45 s": partial(lost_databases.locked, seconds=45),
    "locked by another writer as the night starts": partial(lost_databases.locked, seconds=45, from_the_start=True),
}


def postgresql_cases(server: PostgresServer) -> dict[str, Case]:
    """The faults of a server that goes away, or that has readers."""
    faults = {"connections are cut": lost_databases.cut_connections, "the server restarts": lost_databases.restart}
    lost: dict[str, Case] = {
        f"{name} during {moment}": partial(lost_databases.lost, server=server, slowness=slowness, fault=fault)
        for moment, slowness in lost_databases.MOMENTS.items()
        for name, fault in faults.items()
    }
    return lost | {
        "the server stays away": partial(lost_databases.away_for_long, server=server),
        "migrate runs beside readers": migrations.beside_readers,
    }


def try_cases(shop: Shop, chosen: dict[str, Case]) -> dict[str, FaultResult]:
    """Try one fault after the other."""
    results = {}
    for name, case in chosen.items():
        results[name] = result = case(shop)
        print(f"{shop.kind}: {name}: {'; '.join(result.problems) or result.what}", file=sys.stderr, flush=True)
    return results


@contextlib.contextmanager
def shop_on(kind: str, folder: Path, services: dict[str, str], days: int) -> Iterator[tuple[Shop, dict[str, Case]]]:
    """A shop with its first night done, and the faults of its kind of database."""
    with contextlib.ExitStack() as stack:
        own, url = SQLITE, None
        if kind == "postgresql":
            server = stack.enter_context(postgres_server(folder))
            own, url = postgresql_cases(server), server.url
        shop = Shop(folder / kind, url, services, days)
        shop.published_night()
        yield shop, own


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line's options."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--kills", type=int, default=40, help="number of nights to kill on each database (40)")
    of_workers = "number of workers of shared nights to kill on each database (40)"
    parser.add_argument("--worker-kills", type=int, default=40, help=of_workers)
    parser.add_argument("--seed", type=int, default=1, help="seed of the moments of the kills (1)")
    parser.add_argument("--database", choices=KINDS, action="append", help="only this database; may be repeated")
    named = (
        f"only faults whose name contains this text, {NONE}: not one; no kills without their options; may be repeated"
    )
    parser.add_argument("--fault", action="append", help=named)
    chosen = parser.parse_args(arguments)
    if chosen.fault is not None and "--kills" not in arguments:
        chosen.kills = 0
    if chosen.fault is not None and "--worker-kills" not in arguments:
        chosen.worker_kills = 0
    return chosen


def try_worker_kills(folder: Path, chosen: argparse.Namespace) -> list[Figure]:
    """Kill workers of shared nights on each database, with servers of their own."""
    kills = {}
    folder.mkdir()
    for kind in chosen.database or KINDS if chosen.worker_kills else ():
        with postgres_server(folder) if kind == "postgresql" else contextlib.nullcontext() as server:
            url = None if server is None else server.url
            kills[kind] = kill_workers(kind, folder, url, chosen.worker_kills, chosen.seed)
        print("\n".join([*worker_kill_lines(kind, kills[kind]), ""]), flush=True)
    return worker_figures(kills)


def try_nights(folder: Path, chosen: argparse.Namespace) -> list[Figure]:
    """Kill nights, and try all other faults, on each database."""
    lines = []
    with prefect_server(folder) as services:
        for kind in chosen.database or KINDS:
            with shop_on(kind, folder, services, chosen.kills + SPARE_DAYS) as (shop, own):
                kills = kill_nights(shop, chosen.kills, chosen.seed) if chosen.kills else Kills()
                results = try_cases(shop, wanted(COMMON | own | LAST, chosen))
            print("\n".join([*kill_lines(kind, kills), table(kind, results), ""]), flush=True)
            lines += figures(kind, kills, results, TERMINATION_SECONDS)
    return lines


def wanted(cases: dict[str, Case], chosen: argparse.Namespace) -> dict[str, Case]:
    """The cases whose names the options give."""
    return {name: case for name, case in cases.items() if any(text in name for text in chosen.fault or [""])}


def main(arguments: Sequence[str]) -> int:
    """Try everything and end with one line per figure; 0 if it ran, 1 if it could not."""
    chosen = options(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="nc-faults-") as name:
            lines = try_worker_kills(Path(name) / "workers", chosen)
            if chosen.kills or chosen.fault != [NONE]:
                lines += try_nights(Path(name), chosen)
    except (CommandError, DBAPIError) as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(figure.line for figure in lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
