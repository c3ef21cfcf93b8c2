"""``nightcast doctor``: check that nights can run."""

from __future__ import annotations

from pathlib import Path

import click

from flows.commands.options import config_option, listing_options
from flows.console import Console, Form


@click.command("doctor")
@listing_options
@config_option
def command(form: Form, config: Path | None) -> int:
    """Check settings, database, tables, sources and their rows, versions and the model store.

    Each finding has a remedy. Rows are read as tonight would read them, which takes as long as `nightcast plan`.

    The exit code is 0 if no check failed; warnings do not count.

    \b
    Examples:
      nightcast doctor
      nightcast doctor --json
    """
    from flows.doctor.examine import examine

    findings = examine(config)
    rows = [
        {"check": one.check, "result": one.result, "finding": one.finding, "remedy": one.remedy} for one in findings
    ]
    Console().rows(rows, form)
    return max(one.exit_code for one in findings)
