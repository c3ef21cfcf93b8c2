"""Choosing among proposals: by asking on a terminal, or the likeliest."""

from __future__ import annotations

from collections.abc import Sequence

import click

from flows.console import Console
from flows.console.values import harmless
from tasks.proposing.proposal import Proposal

SHOWN = 6
"""Proposals of a source that a person can choose from."""

TITLES = {"visits": "Visits, who came when", "sales": "Sales, how much of what in each period"}


def chosen(console: Console, kind: str, proposals: Sequence[Proposal], *, ask: bool) -> Proposal | None:
    """The proposal to take for a source; None: there is none, or a person wants none."""
    if not proposals:
        console.note(f"{TITLES[kind]}: nothing looks like it.")
        return None
    if ask:
        return _asked(console, kind, proposals[:SHOWN])
    best, *others = proposals
    console.wrapped(f"{TITLES[kind]}: {best.described}.")
    _explain(console, best)
    near = [other for other in others if other.is_near(best)]
    if near:
        console.wrapped(f"It is a guess: as likely is {near[0].described}.", "  ")
    elif others:
        console.wrapped(f"Second: {others[0].described}.", "  ")
    return best


def _asked(console: Console, kind: str, proposals: Sequence[Proposal]) -> Proposal | None:
    console.note(f"\n{TITLES[kind]}:")
    for number, proposal in enumerate(proposals, 1):
        console.wrapped(f"{number}  {proposal.described}", "  ")
        _explain(console, proposal, "     ")
    console.note("  0  none of them")
    answer: int = click.prompt(
        harmless(f"Which one holds the {kind}?"), default=1, type=click.IntRange(0, len(proposals)), err=True
    )
    return proposals[answer - 1] if answer else None


def _explain(console: Console, proposal: Proposal, indent: str = "  ") -> None:
    console.wrapped(f"since {'; '.join(proposal.reasons)}", indent)
    if proposal.look.query:
        console.wrapped(f"by the query {proposal.look.query}", indent)
    if proposal.groups:
        console.wrapped(f"in groups by {', '.join(proposal.groups)}", indent)
    for hint in proposal.hints:
        console.wrapped(f"look at it: {hint}", indent)
