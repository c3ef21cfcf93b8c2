"""``nightcast work``: takes shards of the night under way."""

from __future__ import annotations

from pathlib import Path

import click

from flows.commands.options import config_option, log_format_option
from flows.console import Console
from flows.console.terminal_log import LogForm, log_to_terminal
from nightcast.values import counted


@click.command("work")
@click.option("--stay", is_flag=True, help="Wait for the next night when there is nothing to take; Ctrl-C ends it.")
@click.option("--threads", type=click.IntRange(1, 64), help="Threads that forecast; default: one for each core.")
@log_format_option
@config_option
def command(stay: bool, threads: int | None, log_format: LogForm, config: Path | None) -> int:
    """Take shards of the night under way, on any machine.

    The night has engine = "shared" or "dask" in [run], and the same settings as this machine. The database and the
    model store have to be within reach; nothing else connects the machines.

    \b
    Examples:
      nightcast work                 takes shards until none is left
      nightcast work --stay          serves every night from now on
    """
    log_to_terminal(log_format)
    from flows.server.start import ended_by_sigterm
    from flows.workers.work import take_shards

    with ended_by_sigterm():
        taken = take_shards(config, threads=threads, stay=stay)
    console = Console()
    console.note(f"{counted(taken, 'shard')} taken." if taken else "No night under way has a shard to take.")
    return 0
