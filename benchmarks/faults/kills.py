"""SIGKILL at random moments of a night that trains all products."""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.faults.cases import FaultResult
from benchmarks.faults.checks import aftermath
from benchmarks.faults.shop import Shop
from nightcast.values import Product

STAGES = ("check", "read", "prepare", "choose", "forecast", "publish", "review")
PRODUCTS = tuple(Product)


@dataclass
class Kills:
    """The results of the kills on one database.

    Attributes:
        tried: number of kills.
        survived: number of kills after which every guarantee held.
        stages: number of kills in each stage.
        problems: violated guarantees, each with the moment of the kill.
    """

    tried: int = 0
    survived: int = 0
    stages: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def moments(seed: int, seconds: float) -> Iterator[float]:
    """Endless random moments in seconds after a night's start, uniform over its duration."""
    drawn = random.Random(seed)  # noqa: S311 not a secret
    while True:
        yield drawn.uniform(0, seconds)


def stage_of(output: str) -> str:
    """The stage in which a night was killed: the one after the last that its output names."""
    order = [f"{product} {stage}" for product in PRODUCTS for stage in STAGES]
    done = [place for place, name in enumerate(order) if f"{name}:" in output]
    if not done:
        return "start"
    return order[done[-1] + 1] if done[-1] + 1 < len(order) else "end"


def killed_after(shop: Shop, stage: str) -> FaultResult:
    """SIGKILL as soon as a night without training has logged the end of a stage of visit counts, its last product."""
    as_of = shop.next_as_of()
    night = shop.start(as_of, "--retrain", "never")
    was_reached = night.wait_until(lambda: f"visit_counts {stage}:" in night.output())
    night.process.kill()
    night.wait()
    problems = [] if was_reached else [f"the night ended before: {night.output()[-300:]}"]
    return FaultResult("no half night before and after the next one", problems + aftermath(shop, as_of))


def kill_nights(shop: Shop, kills: int, seed: int) -> Kills:
    """Kill this number of nights; check the views after each, and again after the next night."""
    result, drawn = Kills(), moments(seed, shop.published_night().seconds)
    while result.tried < kills:
        as_of, moment = shop.next_as_of(), next(drawn)
        night = shop.start(as_of, "--retrain", "always")
        if not night.kill_after(moment):  # this night was faster than the measured one, and is published
            shop.last = as_of
            continue
        stage = stage_of(night.output())
        problems = aftermath(shop, as_of)
        result.tried += 1
        result.stages[stage] += 1
        result.survived += not problems
        result.problems += [f"{moment:.1f} s, {stage}: {problem}" for problem in problems]
        verdict = "; ".join(problems) or "survived"
        print(f"{shop.kind}: kill {result.tried} of {kills} at {moment:.1f} s, {stage}: {verdict}", file=sys.stderr)
    return result
