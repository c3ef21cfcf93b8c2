"""Faults of a night on any database; each function leaves the shop with a published night."""

from __future__ import annotations

import contextlib
import datetime
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.faults.checks import aftermath
from benchmarks.faults.forking import Forked
from benchmarks.faults.shop import Answer, Shop
from benchmarks.faults.slowness import slow_writing

TERMINATION_SECONDS = 10


@dataclass(frozen=True)
class FaultResult:
    """The result of one fault.

    Attributes:
        what: the result in a few words.
        problems: violated guarantees; empty if all held.
        seconds: how long the night took to end, where that has a limit.
        tried: False where this machine does not allow the fault.
    """

    what: str
    problems: list[str] = field(default_factory=list)
    seconds: float | None = None
    tried: bool = True


def published_or_failed(shop: Shop, answer: Answer, as_of: datetime.date) -> FaultResult:
    """After a fault, the night is published, or it fails with exit code 3 and the next one succeeds."""
    outcomes = {0: "published", 3: "failed with exit code 3; the next night succeeded"}
    problems = [] if answer.code in outcomes else [f"exit code {answer.code}: {answer.output[-300:]}"]
    problems += aftermath(shop, as_of, is_over=answer.code == 0)
    return FaultResult(outcomes.get(answer.code, "failed"), problems)


def two_at_once(shop: Shop) -> FaultResult:
    """Two nights of a product start in the same second: one publishes, the other is refused and names it."""
    as_of = shop.next_as_of()
    nights = [shop.start(as_of, "--retrain", "always", "--product", "next_visit") for _ in range(2)]
    answers = sorted((night.wait() for night in nights), key=lambda answer: answer.code)
    problems = [] if [answer.code for answer in answers] == [0, 1] else [f"exit codes {[a.code for a in answers]}"]
    query = f"SELECT run_id, pid FROM forecast_run WHERE as_of = '{as_of}' AND product = 'next_visit'"  # noqa: S608
    runs = shop.select(query)
    if len(runs) != 1 or runs[0]["run_id"] not in answers[-1].output:
        problems.append(f"{len(runs)} runs; output of the refused night: {answers[-1].output[-300:]}")
    what = "one published, the other named it and ended with exit code 1"
    return FaultResult(what, problems + aftermath(shop, as_of))


def terminated_in_training(shop: Shop) -> FaultResult:
    """SIGTERM while a network trains."""
    as_of = shop.next_as_of()
    night = shop.start(as_of, "--retrain", "always")
    night.wait_until(lambda: "next_visit prepare" in night.output())
    time.sleep(5)
    return _terminated(shop, night.process, as_of)


def terminated_in_import(shop: Shop) -> FaultResult:
    """SIGTERM while TensorFlow is being imported, which replaces exceptions by its own."""
    as_of = shop.next_as_of()
    night = shop.start(as_of, "--retrain", "always")
    night.wait_until(lambda: "next_visit prepare" in night.output())
    time.sleep(2)
    return _terminated(shop, night.process, as_of)


def terminated_in_writing(shop: Shop) -> FaultResult:
    """SIGTERM in the middle of a statement that writes."""
    as_of = shop.next_as_of()
    with slow_writing(shop) as is_writing:
        night = shop.start(as_of, "--retrain", "never")
        night.wait_until(lambda: "next_visit choose:" in night.output() and is_writing())
        return _terminated(shop, night.process, as_of)


def _terminated(shop: Shop, night: subprocess.Popen[bytes] | Forked, as_of: datetime.date) -> FaultResult:
    started = time.monotonic()
    night.send_signal(signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        night.wait(60)
    seconds = time.monotonic() - started
    problems = [] if night.poll() else [f"exit code {night.poll()}"]
    if seconds > TERMINATION_SECONDS:
        problems.append(f"it took {seconds:.1f} s")
    last = shop.select("SELECT status, error FROM forecast_run ORDER BY started_at DESC LIMIT 1")[0]
    if last["status"] != "failed" or "SIGTERM" not in str(last["error"]):
        problems.append(f"the ledger says {last}")
    if shop.select("SELECT run_id FROM product_lock"):
        problems.append("the lock is still held")
    what = f"ended in {seconds:.1f} s with exit code {night.poll()}, `failed` in the ledger, the lock free"
    return FaultResult(what, problems + aftermath(shop, as_of), seconds)


def truncated_model(shop: Shop) -> FaultResult:
    """A file of the champion's artifact is cut short: it is not loaded, and a warning says why."""
    champion = "SELECT artifact FROM model_version WHERE status = 'champion' AND product = 'sales'"
    folder = shop.folder / "models_store" / shop.select(champion)[0]["artifact"]
    largest = max((path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
    os.truncate(largest, largest.stat().st_size // 2)
    as_of = shop.next_as_of()
    answer = shop.run(as_of)
    columns = f"SELECT decision, notes FROM forecast_run WHERE as_of = '{as_of}' AND product = 'sales'"  # noqa: S608
    runs = [(row["decision"] or "", row["notes"] or "") for row in shop.select(columns)]
    problems = [] if answer.code == 0 else [f"exit code {answer.code}: {answer.output[-300:]}"]
    if not any(decision.startswith("trained") and "cannot be used" in notes for decision, notes in runs):
        problems.append(f"decision and notes are {runs}")
    return FaultResult(
        "noted, trained a new model and published", problems + aftermath(shop, as_of, is_over=answer.code == 0)
    )


def full_store(shop: Shop) -> FaultResult:
    """The disk of the model store is full."""
    return _unwritable_store(shop, "size=16k")


def read_only_store(shop: Shop) -> FaultResult:
    """The disk of the model store is read-only."""
    return _unwritable_store(shop, "ro")


def _unwritable_store(shop: Shop, options: str) -> FaultResult:
    as_of, store = shop.next_as_of(), shop.folder / "tiny_store"
    with _mounted(store, options) as is_mounted:
        if not is_mounted:
            return FaultResult("not tried: this user may not mount a file system", tried=False)
        shop.configure(f'[model]\nstore = "{store}"\n')
        answer = shop.run(as_of, "--retrain", "always")
        shop.configure("")
    problems = (
        [] if answer.code == 3 and "tiny_store" in answer.output else [f"exit code {answer.code}: {answer.output}"]
    )
    what = "failed with exit code 3, naming the store; the next night succeeded"
    return FaultResult(what, problems + aftermath(shop, as_of))


@contextlib.contextmanager
def _mounted(folder: Path, options: str) -> Iterator[bool]:
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    is_mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield is_mounted
    finally:
        if is_mounted:
            subprocess.run(["umount", str(folder)], check=True)  # noqa: S607
        folder.rmdir()


CLOCK_CHANGES = {"skipped hour": datetime.date(2026, 3, 29), "repeated hour": datetime.date(2025, 10, 26)}
"""Days in Zurich on which 02:30 does not exist, or occurs twice."""


def clock_changes(shop: Shop) -> FaultResult:
    """Nights on the days of both clock changes and after them, with visits in the skipped and the repeated hour."""
    shop.configure('[run]\ntimezone = "Europe/Zurich"\n[source.visits]\ntimezone = "Europe/Zurich"\n')
    shop.execute(
        *(
            f"INSERT INTO visits (customer_id, visited_at, amount) VALUES ('{name}', '{day} 02:30:00', 1)"  # noqa: S608
            for name, day in CLOCK_CHANGES.items()
        )
    )
    problems = []
    for name, day in sorted(CLOCK_CHANGES.items(), key=lambda item: item[1]):
        for elapsed in (0, 1):
            as_of = day + datetime.timedelta(days=elapsed)
            answer = shop.run(as_of, "--retrain", "never")
            rows = shop.select(
                "SELECT last_visit_on, elapsed_days FROM next_visit INNER JOIN forecast_run USING (run_id) "  # noqa: S608
                f"WHERE as_of = '{as_of}' AND customer_id = '{name}'"
            )
            expected = [(str(day), 1)] if elapsed else []  # on the day itself its visits are not known yet
            if answer.code != 0 or [(str(row["last_visit_on"]), row["elapsed_days"]) for row in rows] != expected:
                problems.append(f"{name}, as of {as_of}: exit code {answer.code}, {rows}")
    newest = max(CLOCK_CHANGES.values()) + datetime.timedelta(days=1)
    shop.configure("")
    return FaultResult(
        "four nights published, each visit on its own day", problems + aftermath(shop, newest, is_over=True)
    )
