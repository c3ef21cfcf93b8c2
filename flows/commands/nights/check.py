"""``nightcast check``: whether a product needs attention, for monitors."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.commands.options import config_option, listing_options
from flows.console import Console, Form

if TYPE_CHECKING:
    from flows.doctor.attention import ProductState


@click.command("check")
@listing_options
@click.option("--prometheus", is_flag=True, help="Print metrics as Prometheus reads them.")
@click.option(
    "--prometheus-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write them into this file, for the node exporter's textfile collector.",
)
@config_option
def command(form: Form, prometheus: bool, prometheus_file: Path | None, config: Path | None) -> int:
    """Show for each product its newest run, the age of what readers see and of the data, and the newest reviews.

    The exit code is 1 if the newest run of a product failed or was abandoned, if readers see forecasts or data that are
    too old ([run] and [source.*] stale_after_days), or if the newest reviews are worse than the baseline's, or than the
    evaluation promised by more than [model] worsened_share; else 0.

    \b
    Examples:
      nightcast check
      nightcast check --prometheus-file /var/lib/prometheus/node-exporter/nightcast.prom
    """
    from flows.doctor.attention import product_states
    from flows.night.session import open_to_read
    from flows.settings import load_settings

    states = product_states(open_to_read(config), load_settings(config), datetime.datetime.now(datetime.UTC))
    if prometheus_file is not None:
        from flows.doctor.prometheus import write_prometheus_file

        write_prometheus_file(states, prometheus_file)
    if prometheus:
        from flows.doctor.prometheus import prometheus_text

        click.echo(prometheus_text(states), nl=False)
    else:
        _show(states, form)
    return 0 if states and not any(state.finding for state in states) else 1


def _show(states: Sequence[ProductState], form: Form) -> None:
    rows = [
        {"product": state.product, "result": "failed" if state.finding else "ok"}
        | {name: value for name, value in asdict(state).items() if name not in ("product", "finding")}
        | {"finding": state.finding or None}
        for state in states
    ]
    scores = ("scored_through", "promised_score", "baseline_score", "review_score")
    minor = ("newest_started_at", *scores, "newest_as_of", "data_through")
    Console().rows(rows, form, empty="No night has run yet.", minor=minor)
