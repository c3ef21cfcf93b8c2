"""Faults of the lock: while a night is held, another begins by another clock, or sees other processes."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
from collections.abc import Iterator

from benchmarks.faults.cases import FaultResult
from benchmarks.faults.checks import aftermath
from benchmarks.faults.shop import Night, Shop

CLOCK_STEP = ("faketime", "--exclude-monotonic", "-f", "+5m")
"""The wall clock is five minutes ahead; the time since the boot is not."""

NAMESPACE = ("unshare", "--pid", "--fork", "--mount-proc")


def held(shop: Shop, under: tuple[str, ...]) -> FaultResult:
    """A live night stands still; a second one, started by `under`, is refused and names it; the first publishes."""
    if not _works(under):
        return FaultResult(f"not tried: `{under[0]}` is missing or not allowed here", tried=False)
    as_of = shop.next_as_of()
    first = shop.start(as_of, "--retrain", "always", "--product", "next_visit")
    first.wait_until(lambda: "next_visit prepare:" in first.output())
    with _standing_still(first):
        second = shop.start(as_of, "--product", "next_visit", under=under).wait()
    answer = first.wait()
    query = f"SELECT run_id FROM forecast_run WHERE as_of = '{as_of}' AND product = 'next_visit'"  # noqa: S608
    runs = [row["run_id"] for row in shop.select(query)]
    problems = []
    if answer.code != 0 or len(runs) != 1:
        problems.append(f"the first night ended with exit code {answer.code}, {len(runs)} runs: {answer.output[-300:]}")
    if second.code != 1 or not any(run in second.output for run in runs):
        problems.append(f"the second night ended with exit code {second.code}: {second.output[-300:]}")
    what = "the second night named the first and ended with exit code 1; the first published"
    return FaultResult(what, problems + aftermath(shop, as_of))


def _works(under: tuple[str, ...]) -> bool:
    if shutil.which(under[0]) is None:
        return False
    return subprocess.run([*under, "true"], capture_output=True, check=False).returncode == 0


@contextlib.contextmanager
def _standing_still(night: Night) -> Iterator[None]:
    night.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        night.process.send_signal(signal.SIGCONT)
