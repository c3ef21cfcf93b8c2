"""The `nightcast load` commands for files that were proposed, printed or run."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from flows.console import Console
from tasks.proposing.proposal import Proposal

SHOWN = 3
"""Files with the same columns whose commands are printed."""


def load_command(proposal: Proposal, file: str, config: Path | None = None) -> list[str]:
    """The arguments of `nightcast` that load one of the proposed files."""
    named = [part for ours, theirs in proposal.columns.items() for part in (f"--{ours.replace('_', '-')}", theirs)]
    groups = [part for group in proposal.groups for part in ("--group", group)]
    formats = formats_of(proposal)
    dates = ["--date-format", formats[0]] if len(formats) == 1 else []
    duplicates = ["--duplicates", "sum"] if "duplicates" in proposal.settings else []
    settings = ["--config", str(config)] if config else []
    return ["load", proposal.kind, file, *named, *groups, *dates, *duplicates, *settings]


def formats_of(proposal: Proposal) -> tuple[str, ...]:
    """The formats that would read the dates of a file: none are in ISO 8601, several are not clear."""
    return proposal.look.columns[_moment(proposal)].formats


def load_or_print(console: Console, proposals: Sequence[Proposal], config: Path | None, *, run: bool) -> None:
    """Load the files, or print the commands that would; one whose dates can be read in two ways is printed alone."""
    from flows.commands.tables.load import command

    for proposal in proposals:
        formats = formats_of(proposal)
        if len(formats) > 1:
            _say_formats(console, proposal, formats)
        is_clear = len(formats) <= 1
        files = (proposal.look.name, *proposal.look.also)
        for file in files if run and is_clear else files[:SHOWN]:
            arguments = load_command(proposal, file, config)
            shown = shlex.join(["nightcast", *arguments])
            if run and is_clear:
                console.note(f"$ {shown}")
                command.main(arguments[1:], prog_name="nightcast load", standalone_mode=False)
            else:
                console.note(f"  {shown}{'' if is_clear else ' --date-format ...'}")
        if not (run and is_clear) and len(files) > SHOWN:
            all_at_once = "; --yes loads all of them" if is_clear else ""
            console.note(f"  and so for {len(files) - SHOWN} more files{all_at_once}")


def _say_formats(console: Console, proposal: Proposal, formats: tuple[str, ...]) -> None:
    example = proposal.look.columns[_moment(proposal)].values[0]
    console.note(f"  {example} can be read in several ways: say which with --date-format, one of")
    console.note(f"    {', '.join(map(repr, formats))}")


def _moment(proposal: Proposal) -> str:
    return proposal.columns["visited_at" if proposal.kind == "visits" else "period"]
