"""``nightcast report``: the last published night on one page, or as a message."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from flows.commands.options import config_option
from flows.console import Console


@click.command("report")
@click.option(
    "-o",
    "--output",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write; nightcast-report.html in this folder unless given.",
)
@click.option(
    "--email", is_flag=True, help="Print a message for a mailer to send, or write it to the file, in place of the page."
)
@config_option
def command(file: Path | None, email: bool, config: Path | None) -> None:
    """Write the last published night as one HTML file.

    The morning in five sentences, who is due and who is drifting away, visits per day, sales, how far the forecasts can
    be trusted, which models serve, and what the night noted. The file needs no network, and nothing else beside it.

    \b
    Examples:
      nightcast report
      nightcast report -o morning.html
      nightcast report --email | sendmail owner@shop.example
    """
    from flows.report.charts.painter import Painter

    with Painter() as painter:  # it gets ready while the database is read
        from flows.night.session import open_to_read
        from flows.report.compose import compose
        from flows.report.page import page
        from flows.report.write import FILE_NAME
        from flows.settings import load_settings
        from nightcast.files import write_whole

        report = compose(open_to_read(config), load_settings(config).run.timezone, painter)
    if email:
        from flows.report.message import message

        text = message(report)
        if file is None:
            sys.stdout.buffer.write(text)
            return
        write_whole(file, text)
    else:
        file = file or Path(FILE_NAME)
        write_whole(file, page(report))
    Console().note(f"{report.title}: {file}")
