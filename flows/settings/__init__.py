"""All settings; the environment takes precedence over ``.env``, ``nightcast.toml`` and the defaults, in this order."""

from __future__ import annotations

from flows.settings.load import CONFIG_VARIABLE, FILE_NAME, find_settings_file, load_settings
from flows.settings.run import RunSettings
from flows.settings.sections import Settings, recorded

__all__ = ["CONFIG_VARIABLE", "FILE_NAME", "RunSettings", "Settings", "find_settings_file", "load_settings", "recorded"]
