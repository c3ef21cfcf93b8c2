"""``nightcast serve``: run nights on a schedule from this process."""

from __future__ import annotations

from pathlib import Path

import click

from flows.commands.options import config_option


@click.command("serve")
@click.option("--cron", help='Schedule of the nights: "minute hour day month weekday".  [default: 30 3 * * MON-SAT]')
@click.option(
    "--retrain-cron",
    help="Schedule of the nights that train.  [default: 30 3 * * SUN; with --cron: none, the settings decide when to "
    "train]",
)
@click.option("--timezone", help="IANA time zone of both.  [default: [run] timezone of the settings]")
@config_option
def command(cron: str | None, retrain_cron: str | None, timezone: str | None, config: Path | None) -> None:
    """Run nights on a schedule from this process, until it is stopped; needs a Prefect server.

    Runs can also be started by hand, in Prefect's user interface or with `prefect deployment run nightly/manual`. One
    run at a time: the next one waits.

    \b
    Examples:
      prefect server start                                 in another terminal, or as a service
      export PREFECT_API_URL=http://127.0.0.1:4200/api
      nightcast serve
      nightcast serve --cron "15 4 * * *" --timezone Europe/Zurich
    """
    from flows.serve import serve_nights

    serve_nights(cron, retrain_cron, timezone, config)
