"""``nightcast serve``: nights on a schedule, from this process."""

from __future__ import annotations

from pathlib import Path

import click

from flows.commands.options import config_option


@click.command("serve")
@click.option("--cron", help='When the nights are, as "minute hour day month weekday".  [default: 30 3 * * MON-SAT]')
@click.option(
    "--retrain-cron",
    help="When the nights with new models are.  [default: 30 3 * * SUN; with --cron: none, "
    "the settings say when to train]",
)
@click.option("--timezone", help="IANA time zone of both.  [default: the settings' [run] timezone]")
@config_option
def command(cron: str | None, retrain_cron: str | None, timezone: str | None, config: Path | None) -> None:
    """Run the nights on a schedule from this process, until it is stopped; needs a Prefect server.

    Also takes runs by hand, from Prefect's pages or with `prefect deployment run nightly/manual`. One run at a time:
    the next waits.

    \b
    Examples:
      prefect server start                                 in a terminal of its own, or as a service
      export PREFECT_API_URL=http://127.0.0.1:4200/api
      nightcast serve
      nightcast serve --cron "15 4 * * *" --timezone Europe/Zurich
    """
    from flows.serve import serve_nights

    serve_nights(cron, retrain_cron, timezone, config)
