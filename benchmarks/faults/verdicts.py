"""The results of all faults, as tables for people and as figures."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.faults.cases import FaultResult
from benchmarks.faults.kills import Kills
from benchmarks.faults.worker_kills import WorkerKills
from benchmarks.figures import Figure, Goal


def kill_lines(kind: str, kills: Kills) -> list[str]:
    """How many kills were survived, where they hit, and what was wrong."""
    if not kills.tried:
        return []
    stages = ", ".join(f"{stage} {number}" for stage, number in kills.stages.most_common())
    return [f"{kind}: {kills.survived} of {kills.tried} kills survived; they hit: {stages}", *kills.problems]


def table(kind: str, results: Mapping[str, FaultResult]) -> str:
    """One line for each fault: its name, whether every guarantee held, and its result."""
    width = max(map(len, results), default=0)
    return "\n".join(f"{kind}: {name:<{width}}  {_verdict(result)}" for name, result in results.items())


def _verdict(result: FaultResult) -> str:
    if not result.tried:
        return f"-       {result.what}"
    return f"LOST    {'; '.join(result.problems)}" if result.problems else f"held    {result.what}"


def worker_kill_lines(kind: str, kills: WorkerKills) -> list[str]:
    """How many kills of workers were survived, what they hit, and what was wrong."""
    if not kills.tried:
        return []
    hits = ", ".join(f"{hit} {number}" for hit, number in kills.hits.most_common())
    summary = f"{kind}: {kills.survived} of {kills.tried} kills of workers survived; they hit: {hits}; "
    return [f"{summary}{kills.attempts} further attempts", *kills.problems]


def worker_figures(kills: Mapping[str, WorkerKills]) -> list[Figure]:
    """The figures of the kills of workers, by database."""
    tried = {kind: one for kind, one in kills.items() if one.tried}
    survived = [
        Figure(f"{kind}_worker_kills_survived", one.survived, Goal(">=", one.tried)) for kind, one in tried.items()
    ]
    twice = sum(one.computed_twice for one in tried.values())
    return [*survived, Figure("finished_shards_computed_twice", twice, Goal("<=", 0))] if tried else []


def figures(kind: str, kills: Kills, results: Mapping[str, FaultResult], end_seconds: float) -> list[Figure]:
    """The figures of one database."""
    tried = [result for result in results.values() if result.tried]
    held = sum(not result.problems for result in tried)
    ends = [result.seconds for result in tried if result.seconds is not None]
    measured = [Figure(f"{kind}_kills_survived", kills.survived, Goal(">=", kills.tried))] if kills.tried else []
    measured += [Figure(f"{kind}_faults_held", held, Goal(">=", len(tried)))] if tried else []
    measured += [Figure(f"{kind}_faults_not_tried", len(results) - len(tried))] if tried else []
    measured += [Figure(f"{kind}_seconds_to_end", round(max(ends), 1), Goal("<=", end_seconds))] if ends else []
    return measured
