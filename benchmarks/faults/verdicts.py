"""What was found, as tables for people and as figures."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.faults.cases import Came
from benchmarks.faults.kills import Kills
from benchmarks.figures import Figure, Goal


def kill_lines(kind: str, kills: Kills) -> list[str]:
    """How many kills were survived, where they hit, and what was wrong."""
    if not kills.tried:
        return []
    stages = ", ".join(f"{stage} {number}" for stage, number in kills.stages.most_common())
    return [f"{kind}: {kills.survived} of {kills.tried} kills survived; they hit: {stages}", *kills.problems]


def table(kind: str, came: Mapping[str, Came]) -> str:
    """One line for each fault: its name, whether all held, and what came of it."""
    width = max(map(len, came), default=0)
    return "\n".join(f"{kind}: {name:<{width}}  {_verdict(found)}" for name, found in came.items())


def _verdict(found: Came) -> str:
    if not found.tried:
        return f"-       {found.what}"
    return f"LOST    {'; '.join(found.problems)}" if found.problems else f"held    {found.what}"


def figures(kind: str, kills: Kills, came: Mapping[str, Came], end_seconds: float) -> list[Figure]:
    """The figures of one database."""
    tried = [found for found in came.values() if found.tried]
    held = sum(not found.problems for found in tried)
    ends = [found.seconds for found in tried if found.seconds is not None]
    found = [Figure(f"{kind}_kills_survived", kills.survived, Goal(">=", kills.tried))] if kills.tried else []
    found += [Figure(f"{kind}_faults_held", held, Goal(">=", len(tried)))] if tried else []
    found += [Figure(f"{kind}_faults_not_tried", len(came) - len(tried))] if tried else []
    return found + ([Figure(f"{kind}_seconds_to_end", round(max(ends), 1), Goal("<=", end_seconds))] if ends else [])
