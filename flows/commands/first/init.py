"""``nightcast init``: write a commented settings file and create our tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import click

from flows.commands.options import config_option
from flows.console import Console

COMMENT = 40
"""The column in which comments of the settings file begin."""


@click.command("init")
@config_option
def command(config: Path | None) -> None:
    """Write a commented nightcast.toml, create the tables, and name the next steps.

    An existing file is never overwritten, and a URL from the environment is never written to it.

    \b
    Example:
      nightcast init
    """
    from flows.doctor.zones import machine_timezone
    from flows.settings import load_settings
    from sql.engine import open_database
    from sql.schema import migrate
    from sql.settings import Source
    from sql.source.lookup import source_exists

    console = Console()
    settings_file = write_settings_file(config, machine_timezone())
    settings = load_settings(settings_file)
    database = open_database(settings.database)
    _, revision = migrate(database)
    console.note(f"Settings: {settings_file}")
    console.note(f"Tables:   {database.name}, revision {revision}")
    if settings.run.timezone != "UTC":
        console.note(f"Days:     of {settings.run.timezone}")
    sources: dict[str, Source] = {"visits": settings.source.visits, "sales": settings.source.sales}
    missing = [name for name, source in sources.items() if not source_exists(database, source)]
    console.note(f"\nNext:\n{_next_steps(missing)}")


Changes = Mapping[str, Mapping[str, str]]
"""Values in TOML by section and setting."""


def write_settings_file(config: Path | None, timezone: str = "UTC", changes: Changes | None = None) -> Path:
    """Write the commented defaults, unless the file exists.

    Args:
        config: the file, if it is named.
        timezone: the time zone of days, and of visits without an offset.
        changes: other settings that are no defaults.

    Returns:
        The settings file that applies.
    """
    import os

    from flows.settings import CONFIG_VARIABLE, FILE_NAME

    path = config or Path(os.environ.get(CONFIG_VARIABLE) or FILE_NAME)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(changed(template(timezone), changes or {}))
    except FileExistsError:
        pass
    except OSError as error:
        from nightcast.errors import SettingsError

        raise SettingsError(
            f"{path} cannot be written: {error.strerror}.", "Change to a folder that you may write to."
        ) from None
    return path


def template(timezone: str = "UTC") -> str:
    """The commented settings file, in which a time zone other than UTC is proposed."""
    text = (files("flows") / "nightcast.toml").read_text(encoding="utf-8")
    if timezone == "UTC":
        return text
    return text.replace('# timezone = "UTC"'.ljust(COMMENT), f'timezone = "{timezone}"'.ljust(COMMENT))


def changed(text: str, changes: Changes) -> str:
    """The settings file with other values than the defaults."""
    for section, values in changes.items():
        start = text.index(f"[{section}]")
        for name, value in values.items():
            line = re.compile(rf"^# {name} = \S.*?(?=\s+#)", re.MULTILINE)
            found = line.search(text, start)
            assert found is not None  # noqa: S101 the template has every setting
            width = len(found[0])
            text = text[: found.start()] + f"{name} = {value}".ljust(width) + text[found.end() :]
    return text


def _next_steps(missing: list[str]) -> str:
    loads = {
        "visits": "  nightcast load visits FILE --customer-id COLUMN --visited-at COLUMN",
        "sales": "  nightcast load sales FILE --series-id COLUMN --period COLUMN --value COLUMN",
    }
    steps = [loads[name] for name in missing]
    if len(missing) == len(loads):
        steps.insert(
            0, "  (your tables have other names? set them in [source.visits] and [source.sales] of the settings)"
        )
    return "\n".join([*steps, "  nightcast doctor", "  nightcast run"])
