"""Reading the settings from a file, ``.env`` and the environment."""

from __future__ import annotations

import logging
import os
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as UnreadableValue

from flows.settings.former import FORMER_SETTINGS, STILL_READ
from flows.settings.paths import with_absolute_paths
from flows.settings.sections import PREFIX, Settings
from nightcast.errors import SettingsError
from nightcast.validation import explained
from nightcast.variables import Variables

FILE_NAME = "nightcast.toml"
CONFIG_VARIABLE = "NIGHTCAST_CONFIG"


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
    return with_absolute_paths(settings, (path or Path(FILE_NAME)).absolute().parent)


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
