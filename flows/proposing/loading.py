"""The `nightcast load` commands for files that were proposed, printed or run."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from flows.console import Console
from tasks.proposing.proposal import Proposal


def load_command(proposal: Proposal, config: Path | None = None) -> list[str]:
    """The arguments of `nightcast` that load a proposed file."""
    named = [part for ours, theirs in proposal.columns.items() for part in (f"--{ours.replace('_', '-')}", theirs)]
    groups = [part for group in proposal.groups for part in ("--group", group)]
    formats = formats_of(proposal)
    dates = ["--date-format", formats[0]] if len(formats) == 1 else []
    duplicates = ["--duplicates", "sum"] if "duplicates" in proposal.settings else []
    settings = ["--config", str(config)] if config else []
    return ["load", proposal.kind, proposal.look.name, *named, *groups, *dates, *duplicates, *settings]


def formats_of(proposal: Proposal) -> tuple[str, ...]:
    """The formats that would read the dates of a file: none are in ISO 8601, several are not clear."""
    moment = proposal.columns["visited_at" if proposal.kind == "visits" else "period"]
    return proposal.look.columns[moment].formats


def load_or_print(console: Console, proposals: Sequence[Proposal], config: Path | None, *, run: bool) -> None:
    """Load the files, or print the commands that would; one whose dates can be read in two ways is printed alone."""
    from flows.commands.tables.load import command

    for proposal in proposals:
        arguments, formats = load_command(proposal, config), formats_of(proposal)
        shown = shlex.join(["nightcast", *arguments])
        if len(formats) > 1:
            moment = proposal.columns["visited_at" if proposal.kind == "visits" else "period"]
            example = proposal.look.columns[moment].values[0]
            console.note(f"  {example} can be read in several ways: say which with --date-format, one of")
            console.note(f"    {', '.join(map(repr, formats))}\n  {shown} --date-format ...")
        elif run:
            console.note(f"$ {shown}")
            command.main(arguments[1:], prog_name="nightcast load", standalone_mode=False)
        else:
            console.note(f"  {shown}")
