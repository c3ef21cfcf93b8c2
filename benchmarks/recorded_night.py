"""A small recorded night, which shows whether a change of the code changes forecasts.

A generated shop is forecast by a night of both products, and by every recipe with small settings, saved and loaded
again. Small studies cover the networks that only studies have. The results are compared with recorded ones. Another
machine or other versions of the libraries round differently: record there with --record before the change.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, Goal
from benchmarks.recorded import comparison

RECORDED = Path(__file__).parent / "recorded" / "night.npz"
GOAL = 1e-6

THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
"""Variables that are set to 1, since the rounding of sums depends on the number of threads."""


def variants() -> dict[str, Callable[[], comparison.Forecasts]]:
    """All variants, by name."""
    for name in THREADS:
        os.environ[name] = "1"
    from benchmarks.recorded import next_visit, night, sales, studies

    return {"night": night.night, **next_visit.VARIANTS, **sales.VARIANTS, **studies.VARIANTS}


def main(arguments: Sequence[str]) -> int:
    """Forecast every variant, and record or compare it; exit code 0 if it ran."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.recorded_night", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--record", action="store_true", help="record the forecasts for later comparisons")
    parser.add_argument("--only", default="", metavar="TEXT", help="only variants whose name contains this text")
    options = parser.parse_args(arguments)
    chosen = {name: make for name, make in variants().items() if options.only in name}
    recorded = comparison.read(RECORDED) if RECORDED.exists() else {}
    if options.record:
        for name, make in chosen.items():
            recorded[name] = _timed(name, make)
            comparison.write(RECORDED, recorded)
        return 0
    differences = {}
    for name, make in chosen.items():
        differences[name] = comparison.largest_difference(recorded.get(name, {}), _timed(name, make))
        print(f"{name:<40}{differences[name]:.2g}", flush=True)
    largest = max(differences.values(), default=np.inf)
    print(Figure("recorded_night_largest_difference", largest, Goal("<=", GOAL)).line)
    return 0


def _timed(name: str, make: Callable[[], comparison.Forecasts]) -> comparison.Forecasts:
    begin = time.perf_counter()
    forecasts = make()
    print(f"{name}: {time.perf_counter() - begin:.1f} s", file=sys.stderr, flush=True)
    return forecasts


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
