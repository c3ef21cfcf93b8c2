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
from benchmarks.faults.verdicts import figures, kill_lines, table

KINDS = ("sqlite", "postgresql")
SPARE_DAYS = 120
"""Days of rows beyond the nights that are killed: enough for the other faults and the clock changes."""

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
    parser.add_argument("--seed", type=int, default=1, help="seed of the moments of the kills (1)")
    parser.add_argument("--database", choices=KINDS, action="append", help="only this database; may be repeated")
    named = "only faults whose name contains this text; no kills without --kills; may be repeated"
    parser.add_argument("--fault", action="append", help=named)
    chosen = parser.parse_args(arguments)
    if chosen.fault is not None and "--kills" not in arguments:
        chosen.kills = 0
    return chosen


def main(arguments: Sequence[str]) -> int:
    """Try everything and end with one line per figure; 0 if it ran, 1 if it could not."""
    chosen, lines = options(arguments), []
    try:
        with tempfile.TemporaryDirectory(prefix="nc-faults-") as name, prefect_server(Path(name)) as services:
            for kind in chosen.database or KINDS:
                with shop_on(kind, Path(name), services, chosen.kills + SPARE_DAYS) as (shop, own):
                    kills = kill_nights(shop, chosen.kills, chosen.seed) if chosen.kills else Kills()
                    every = COMMON | own | LAST
                    wanted = {
                        name: case for name, case in every.items() if any(text in name for text in chosen.fault or [""])
                    }
                    results = try_cases(shop, wanted)
                print("\n".join([*kill_lines(kind, kills), table(kind, results), ""]), flush=True)
                lines += figures(kind, kills, results, TERMINATION_SECONDS)
    except (CommandError, DBAPIError) as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(figure.line for figure in lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
