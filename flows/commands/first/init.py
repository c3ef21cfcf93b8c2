"""``nightcast init``: propose the sources, write a commented settings file and create our tables."""

from __future__ import annotations

import datetime
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.commands.options import config_option
from flows.console import Console

if TYPE_CHECKING:
    from pydantic import SecretStr

    from flows.proposing.settings_text import Changes
    from flows.settings import Settings
    from sql.engine import Database
    from sql.settings import DatabaseSettings, Source
    from tasks.proposing.database import Findings


@click.command("init")
@click.argument("target", required=False, metavar="[URL|FILE|FOLDER]")
@click.option("-y", "--yes", is_flag=True, help="Ask nothing: take the likeliest proposals, and say which.")
@config_option
def command(target: str | None, yes: bool, config: Path | None) -> None:
    """Propose the visits and the sales of a database or of files, write nightcast.toml, create the tables.

    Of a database, a few rows of each table and view are read. The proposals come with reasons, which the file repeats
    as comments. On a terminal you choose; else the likeliest are taken and named. An existing file is never
    overwritten, and no password and no URL from the environment is ever written to it.

    \b
    Examples:
      nightcast init                      an empty database in this folder
      nightcast init shop.db              a SQLite file
      nightcast init postgresql://ann@localhost/shop
      nightcast init exports/             proposes how to load the files of a folder
      nightcast init exports/ --yes       and loads them
    """
    from flows.proposing.targets import not_a_source, url_in

    url = url_in(target) if target is not None else None
    ask = not yes and sys.stdin.isatty() and sys.stderr.isatty()
    if target is None or url is not None:
        _init_database(url, config, ask=ask)
    elif Path(target).exists():
        _init_files(Path(target), config, ask=ask, run=yes)
    else:
        raise not_a_source(target)


def _init_database(url: SecretStr | None, config: Path | None, *, ask: bool) -> None:
    from flows.doctor.zones import machine_timezone
    from flows.proposing.settings_text import changed, quoted, template
    from flows.proposing.targets import has_secret, written_url
    from flows.settings import load_settings
    from sql.engine import open_database
    from sql.schema import migrate

    console = Console()
    text = template(machine_timezone())
    path, is_new = create(config, text)
    try:
        settings = load_settings(path)
        database = open_database(_with_url(settings, url, path, is_new=is_new))
        if is_new and (database.file is None or database.file.exists()):
            if url is not None and not has_secret(url):
                text = changed(text, {"database": {"url": quoted(written_url(url, path.absolute().parent))}})
            path.write_text(_proposed(console, database, text, is_named=url is not None, ask=ask), encoding="utf-8")
    except BaseException:
        if is_new:
            path.unlink()  # the next attempt begins anew
        raise
    console.note(f"Settings: {path}{'' if is_new else ', which was there and stays as it is'}")
    _say_url(console, url, database)  # before what may fail for want of rights: the next attempt needs it
    _, revision = migrate(database)
    console.note(f"Tables:   {database.name}, revision {revision}")
    if settings.run.timezone != "UTC":
        console.note(f"Days:     of {settings.run.timezone}")
    _say_next(console, database, load_settings(path))


def _init_files(target: Path, config: Path | None, *, ask: bool, run: bool) -> None:
    from flows.doctor.zones import machine_timezone
    from flows.proposing.choosing import chosen
    from flows.proposing.loading import load_or_print
    from flows.proposing.settings_text import changed, quoted, template
    from flows.settings import load_settings
    from nightcast.values import counted
    from sql.engine import open_database
    from sql.schema import migrate
    from tasks.proposing.files import files_in, look_at_files

    console = Console()
    findings = look_at_files(files_in(target), datetime.datetime.now(datetime.UTC))
    console.note(f"Looked at the first rows of {counted(findings.looked_at, 'file')}.")
    _say_problems(console, findings)
    text, loads = template(machine_timezone()), []
    for kind, proposals in (("visits", findings.visits), ("sales", findings.sales)):
        proposal = chosen(console, kind, proposals, ask=ask)
        if proposal is not None:
            loads.append(proposal)
            groups = {"groups": f"[{', '.join(map(quoted, proposal.groups))}]"} if proposal.groups else {}
            future = {name: value for name, value in proposal.settings.items() if name == "future"}
            text = changed(text, {f"source.{kind}": groups | future})
    path, is_new = create(config, text)
    database = open_database(load_settings(path).database)
    migrate(database)
    console.note(f"Settings: {path}{'' if is_new else ', which was there and stays as it is'}")
    run = run or (ask and bool(loads) and click.confirm("Load these files now?", default=True, err=True))
    console.note("" if run and loads else "\nNext:")
    load_or_print(console, loads, config, run=run)
    if run and loads:
        console.note("\nNext:")
    console.note("\n".join([*([] if loads else _LOADS.values()), *_FIRST_NIGHT]))


def create(config: Path | None, text: str) -> tuple[Path, bool]:
    """Write the settings file that applies, unless it exists.

    Returns:
        The file, and whether it is new.

    Raises:
        SettingsError: if it cannot be written.
    """
    from flows.settings import CONFIG_VARIABLE, FILE_NAME
    from nightcast.errors import SettingsError

    path = config or Path(os.environ.get(CONFIG_VARIABLE) or FILE_NAME)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return path, False
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be written: {error.strerror}.", "Change to a folder that you may write to."
        ) from None
    return path, True


def write_settings_file(config: Path | None, changes: Changes) -> Path:
    """Write the commented defaults with some other values, unless the file exists."""
    from flows.proposing.settings_text import changed, template

    return create(config, changed(template(), changes))[0]


def _with_url(settings: Settings, url: SecretStr | None, path: Path, *, is_new: bool) -> DatabaseSettings:
    """The settings of the database, with the URL that was given.

    Raises:
        SettingsError: if the file was there before and names another database.
    """
    from nightcast.errors import SettingsError
    from sql.engine import open_database

    if url is None:
        return settings.database
    given = settings.database.model_copy(update={"url": url})
    if not is_new:
        named, other = open_database(settings.database), open_database(given)
        if (named.file or named.name) != (other.file.absolute() if other.file else other.name):
            raise SettingsError(
                f"{path} is there already, and the settings name another database: {named.name}.",
                f"Correct [database] url, or remove {path} if you want new proposals.",
            )
    return given


def _proposed(console: Console, database: Database, text: str, *, is_named: bool, ask: bool) -> str:
    """The settings file with what a look at the database proposes."""
    from tasks.proposing.database import look_at_database

    findings = look_at_database(database, datetime.datetime.now(datetime.UTC))
    if not is_named and not findings.looked_at:
        return text
    tables = "1 table or view" if findings.looked_at == 1 else f"{findings.looked_at} tables and views"
    console.note(f"Looked at a few rows of {tables} of {database.name}.")
    _say_problems(console, findings)
    return _with_choices(console, text, findings, ask=ask)


def _say_problems(console: Console, findings: Findings) -> None:
    for problem in findings.problems[:10]:
        console.wrapped(problem, "  ")
    if len(findings.problems) > 10:
        console.note(f"  and {len(findings.problems) - 10} more problems")


def _with_choices(console: Console, text: str, findings: Findings, *, ask: bool) -> str:
    from flows.proposing.choosing import chosen
    from flows.proposing.settings_text import changed, explained, reasons_of, settings_of

    for kind, proposals in (("visits", findings.visits), ("sales", findings.sales)):
        proposal = chosen(console, kind, proposals, ask=ask)
        if proposal is not None:
            text = changed(text, {f"source.{kind}": settings_of(proposal)})
            text = explained(text, f"source.{kind}", reasons_of(proposal, proposals))
    return text


def _say_url(console: Console, url: SecretStr | None, database: Database) -> None:
    from flows.proposing.targets import has_secret

    if url is not None and has_secret(url):
        shown = database.url.render_as_string(hide_password=True)
        console.note(
            "URL:      not in a file, since it has a password. Put it into the environment, or into a file .env here\n"
            f"          that only you may read: NIGHTCAST_DATABASE__URL={shown}"
        )


def _say_next(console: Console, database: Database, settings: Settings) -> None:
    from sql.source.lookup import source_exists

    sources: dict[str, Source] = {"visits": settings.source.visits, "sales": settings.source.sales}
    missing = [name for name, source in sources.items() if not source_exists(database, source)]
    console.note(f"\nNext:\n{_next_steps(missing)}")


_LOADS = {
    "visits": "  nightcast load visits FILE --customer-id COLUMN --visited-at COLUMN",
    "sales": "  nightcast load sales FILE --series-id COLUMN --period COLUMN --value COLUMN",
}
_FIRST_NIGHT = (
    "  nightcast doctor      is everything as it should be?",
    "  nightcast run         the first night",
)


def _next_steps(missing: list[str]) -> str:
    if len(missing) < len(_LOADS):
        return "\n".join(_FIRST_NIGHT)
    hint = "  (your tables have other names? set them in [source.visits] and [source.sales] of the settings)"
    return "\n".join([hint, *(_LOADS[name] for name in missing), *_FIRST_NIGHT])
