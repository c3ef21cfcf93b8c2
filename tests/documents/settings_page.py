"""`docs/settings.md`, made from the settings models."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, SecretStr

from flows.settings import Settings

INLINE = "columns"
"""The nested models of this name are inline tables of their section; any other is a section."""

INTRODUCTION = """# Settings

The file `nightcast.toml` is in the working folder, or named by `--config` or by `NIGHTCAST_CONFIG`. `nightcast init`
writes one that shows every setting with its default. Relative paths in it are relative to the file.

The command line takes precedence over the environment, the environment over `.env` beside the file, and that over the
file. In the environment, a setting is named after its section: `[database] url` is `NIGHTCAST_DATABASE__URL`, and
`[sales.network] units` is `NIGHTCAST_SALES__NETWORK__UNITS`. Lists and tables are written as JSON there. Keep passwords
in the environment or in `.env`, not in the file.

An unknown setting is an error that names the nearest known one, or the new name of one that was renamed.

This page is made from the program by `python -m tests.documents`.
"""


@dataclass(frozen=True)
class Setting:
    """A setting.

    Attributes:
        section: dotted name of its section.
        name: its name, dotted within an inline table.
        default: its default, as Python has it.
        description: what it means.
    """

    section: str
    name: str
    default: Any
    description: str


def all_settings(model: type[BaseModel] = Settings, section: str = "", prefix: str = "") -> Iterator[Setting]:
    """Every setting, section by section."""
    nested: list[tuple[str, type[BaseModel]]] = []
    for field_name, field in model.model_fields.items():
        name, default = field.alias or field_name, field.get_default(call_default_factory=True)
        if not isinstance(default, BaseModel):
            yield Setting(section, prefix + name, _plain(default), field.description or "")
        elif name == INLINE:
            yield from all_settings(type(default), section, f"{name}.")
        else:
            nested.append((f"{section}.{name}".strip("."), type(default)))
    for name, inner in nested:
        yield from all_settings(inner, name)


def settings_page() -> str:
    """The text of the page."""
    parts, section = [INTRODUCTION], ""
    for setting in all_settings():
        if setting.section != section:
            section = setting.section
            parts.append(f"\n## `[{section}]`\n\n| setting | default | meaning |\n|---|---|---|\n")
        default = "" if setting.default is None else f"`{written(setting.default)}`"
        parts.append(f"| `{setting.name}` | {default} | {setting.description} |\n")
    return "".join(parts)


def written(value: Any) -> str:
    """A default as TOML writes it."""
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    return json.dumps(value) if isinstance(value, str | bool) else str(value)


def _plain(default: Any) -> Any:
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    return list(default) if isinstance(default, tuple) else default
