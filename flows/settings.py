"""All settings; the environment takes precedence over ``.env``, ``nightcast.toml`` and the defaults, in this order."""

from __future__ import annotations

import logging
import os
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as UnreadableValue

from flows.former_settings import FORMER_SETTINGS, STILL_READ
from flows.lineage.settings import LineageSettings
from flows.notify.settings import NotifySettings
from flows.report.settings import ReportSettings
from flows.server.secret_blocks import BLOCK_PREFIX, BlockUrl
from models.common.settings import ModelSettings
from models.next_visit.settings import NextVisitSettings
from models.sales.settings import SalesSettings
from models.visit_counts.settings import VisitCountSettings
from nightcast.errors import SettingsError
from nightcast.validation import Section, explained
from nightcast.values import Product
from nightcast.variables import Variables
from sql.settings import DatabaseSettings, SourceSettings, TimezoneName

FILE_NAME = "nightcast.toml"
PREFIX = "NIGHTCAST_"
CONFIG_VARIABLE = "NIGHTCAST_CONFIG"


class RunSettings(Section):
    """The ``[run]`` section."""

    timezone: TimezoneName = Field("UTC", description="Time zone of the as-of and of visit days.")
    products: tuple[Product, ...] | None = Field(
        None, min_length=1, description="Products to forecast; without it, those whose source exists or ever existed."
    )
    engine: Literal["local", "shared", "dask"] = Field(
        "local",
        description="Who forecasts next visits: this process, it together with every `nightcast work`, or the workers "
        "of a Dask cluster.",
    )
    dask_address: str | None = Field(
        None,
        description="Address of the Dask scheduler, such as tcp://host:8786; without it, a cluster on this machine.",
    )
    shards: int | None = Field(
        None,
        ge=1,
        le=10_000,
        description="Parts that a shared night is divided into; without it, by the number of rows.",
    )
    late_after_hours: float = Field(
        20, gt=0, description="A scheduled run that would start more than this many hours late is skipped."
    )
    stale_after_days: int = Field(
        1,
        ge=0,
        description="`nightcast check` fails if the forecasts that readers see are from more than this many days ago.",
    )
    keep_runs: Literal["auto"] | Annotated[int, Field(ge=1)] = Field(
        "auto",
        description="Published runs of each product that nights keep, besides those that readers see or that await "
        "their review; auto: the last 35, and those of 35 days.",
    )


class Settings(BaseSettings):
    """Every section of ``nightcast.toml``."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix=PREFIX, env_nested_delimiter="__")

    database: DatabaseSettings = DatabaseSettings()
    run: RunSettings = RunSettings()
    source: SourceSettings = SourceSettings()
    next_visit: NextVisitSettings = NextVisitSettings()
    sales: SalesSettings = SalesSettings()
    visit_counts: VisitCountSettings = VisitCountSettings()
    model: ModelSettings = ModelSettings()
    notify: NotifySettings = NotifySettings()
    report: ReportSettings = ReportSettings()
    lineage: LineageSettings = LineageSettings()


def find_settings_file(config: Path | None = None) -> Path | None:
    """The settings file that applies: `config`, that of the environment, or that in the working folder.

    Raises:
        SettingsError: if a file is named that does not exist.
    """
    named = config or (Path(os.environ[CONFIG_VARIABLE]) if os.environ.get(CONFIG_VARIABLE) else None)
    if named is None:
        return Path(FILE_NAME) if Path(FILE_NAME).is_file() else None
    if not named.is_file():
        raise SettingsError(
            f"There is no settings file {named}.", f"Correct --config or {CONFIG_VARIABLE}, or run `nightcast init`."
        )
    return named


def load_settings(config: Path | None = None) -> Settings:
    """The settings that apply, validated, with absolute paths.

    Raises:
        SettingsError: if a file cannot be read, a key is not known or a value is wrong; names the nearest key.
    """
    path = find_settings_file(config)
    _check_variables(os.environ, "environment")
    try:
        settings = _located(path)()
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}.", "Correct that line.") from None
    except UnreadableValue as error:
        raise SettingsError(f"{error}.", "Write lists and tables in the environment as JSON.") from None
    except ValidationError as error:
        raise SettingsError(
            "The settings are wrong: " + "; ".join(explained(error, Settings, former=FORMER_SETTINGS)) + ".",
            f"Correct {path or 'the environment'}.",
        ) from None
    return _with_absolute_paths(settings, (path or Path(FILE_NAME)).absolute().parent)


def recorded(settings: Settings) -> dict[str, Any]:
    """The settings for the ledger: without secrets, and with the number of excluded customers instead of their IDs."""
    from models.common.store import shown_store

    kept = settings.model_dump(mode="json", by_alias=True, exclude={"database": {"url"}, "notify": {"urls"}})
    kept["model"]["store"] = shown_store(settings.model.store)
    kept["source"]["visits"]["exclude_customers"] = len(settings.source.visits.exclude_customers)
    return kept


def _located(path: Path | None) -> type[Settings]:
    class LocatedSettings(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            folder = path.parent if path else Path()
            dotenv = _OwnVariables(settings_cls, env_file=folder / ".env")
            return init_settings, env_settings, dotenv, _OwnFile(settings_cls, toml_file=path)

    return LocatedSettings


class _OwnFile(TomlConfigSettingsSource):
    """A ``nightcast.toml`` that may hold the former names of `STILL_READ`, each with a warning."""

    def __call__(self) -> dict[str, Any]:
        sections: dict[str, Any] = {**super().__call__()}
        for (section, old), new in STILL_READ.items():
            values = sections.get(section)
            if isinstance(values, dict) and old in values:
                sections[section] = _renamed(values, old, new)
                _warn(f"[{section}] {old} {FORMER_SETTINGS[f'{section}.{old}']}; write it so in {self.toml_file_path}.")
        return sections


def _renamed(values: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    """A section with one setting under its new name, which may lie in a table; both names at once stay as they are."""
    table, _, name = new.rpartition(".")
    inner = values.get(table, {}) if table else values
    if name in inner:
        return values
    kept = {each: value for each, value in values.items() if each != old}
    renamed = {name: values[old]}
    return kept | ({table: inner | renamed} if table else renamed)


@cache
def _warn(message: str) -> None:
    """Say it once, although a command may read the settings several times."""
    logging.getLogger("nightcast").warning(message)


class _OwnVariables(DotEnvSettingsSource):
    """A ``.env`` file that may hold variables of other programs."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        variables = super()._load_env_vars()
        _check_variables(variables, ".env")
        return {
            name: value
            for name, value in variables.items()
            if name.upper().startswith(PREFIX) and _VARIABLES.names_a_section(name)
        }


_VARIABLES = Variables(
    PREFIX,
    Settings,
    FORMER_SETTINGS,
    frozenset(
        {
            CONFIG_VARIABLE,
            *("NIGHTCAST_VERBOSE", "NIGHTCAST_DEBUG"),
            *("NIGHTCAST_TEST_POSTGRES_URL", "NIGHTCAST_TEST_MYSQL_URL"),
        }
    ),
)


def _check_variables(names: Iterable[str], where: str) -> None:
    """Refuse misspelt variables, which would be ignored silently, and warn of those that are like no setting.

    Raises:
        SettingsError: if a variable is nearly the name of a setting.
    """
    for name in names:
        problem, is_mistake = _VARIABLES.problem(name) or ("", False)
        if is_mistake:
            raise SettingsError(f"The {where} variable {name} sets nothing: {problem}.", "Correct its name.")
        if problem:
            _warn(f"The {where} variable {name} sets nothing: {problem}.")


def _with_absolute_paths(settings: Settings, folder: Path) -> Settings:
    from models.common.store import is_remote

    url = _located_url(settings.database.url, folder)
    store = settings.model.store if is_remote(settings.model.store) else str(folder / settings.model.store)
    report = settings.report
    if report.folder is not None:
        report = report.model_copy(update={"folder": str(folder / report.folder)})
    return settings.model_copy(
        update={
            "report": report,
            "database": settings.database.model_copy(update={"url": url}),
            "model": settings.model.model_copy(update={"store": store}),
        }
    )


def _located_url(url: SecretStr, folder: Path) -> SecretStr:
    text = url.get_secret_value()
    if text.startswith(BLOCK_PREFIX):
        return BlockUrl(text.removeprefix(BLOCK_PREFIX), lambda url: _absolute_sqlite_url(url, folder))
    return SecretStr(_absolute_sqlite_url(text, folder))


def _absolute_sqlite_url(url: str, folder: Path) -> str:
    scheme, separator, path = url.partition(":///")
    if not separator or not scheme.startswith("sqlite") or not path or path.startswith((":memory:", "file:")):
        return url
    return f"{scheme}:///{folder / path}"
