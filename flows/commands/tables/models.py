"""``nightcast models``: list the models, and decide which one serves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.commands.options import config_option, listing_options
from flows.console import Console, Form

if TYPE_CHECKING:
    from sql.ledger.model_versions import ModelVersion


@click.group("models", invoke_without_command=True)
@listing_options
@config_option
@click.pass_context
def command(context: click.Context, form: Form, config: Path | None) -> None:
    """List the models, or decide which one serves.

    \b
    Examples:
      nightcast models
      nightcast models promote sales-20261121-4807187c
      nightcast models rollback sales      to the previous champion
    """
    if context.invoked_subcommand is None:
        from flows.commands.tables.show import Chosen, show

        show(Console(), "models", Chosen(), form=form, config=config)


@command.command("promote")
@click.argument("version")
@config_option
def promote(version: str, config: Path | None) -> None:
    """Make VERSION the champion, which serves from the next night on.

    \b
    Example:
      nightcast models promote sales-20261121-4807187c
    """
    from flows.night.session import open_configured
    from tasks.upkeep.housekeeping import promote_version

    settings, database = open_configured(config)
    promoted = promote_version(database, settings.model.store, version)
    _announce(promoted)
    Console().note("An as-of that is already published keeps the model that it was published with.")
    Console().note(f"`nightcast models rollback {promoted.product}` undoes this.")


@command.command("rollback")
@click.argument("version")
@config_option
def rollback(version: str, config: Path | None) -> None:
    """Make VERSION, which served earlier, champion again; newer versions that served since are rejected.

    Instead of a version, the name of a product means what served before the champion: this undoes a `promote`.

    \b
    Examples:
      nightcast models rollback sales
      nightcast models rollback sales-20261107-9f86d081
    """
    from flows.night.session import open_configured
    from tasks.upkeep.housekeeping import rollback_to

    settings, database = open_configured(config)
    _announce(rollback_to(database, settings.model.store, version))
    Console().note("`nightcast run` forecasts today's as-of again with it.")


def _announce(version: ModelVersion) -> None:
    Console().note(
        f"{version.model_version} is champion of {version.product}: it serves as-ofs from {version.as_of} on."
    )
