"""Whether a Prefect server is configured; Prefect is imported only where something could configure one."""

from __future__ import annotations

import os
from pathlib import Path

API_URL = "PREFECT_API_URL"


def is_server_configured() -> bool:
    """Whether an environment variable, a profile or a settings file of Prefect names a server."""
    if API_URL in os.environ:
        return bool(os.environ[API_URL])
    if not any(path.is_file() and b"prefect" in path.read_bytes().lower() for path in _settings_files()):
        return False
    from prefect.settings import get_current_settings  # it knows which profile is active

    return bool(get_current_settings().api.url)


def _settings_files() -> list[Path]:
    """The files that Prefect reads its settings from.

    https://docs.prefect.io/v3/concepts/settings-and-profiles
    """
    home = Path(os.environ.get("PREFECT_HOME", "~/.prefect")).expanduser()
    profiles = Path(os.environ.get("PREFECT_PROFILES_PATH", home / "profiles.toml"))
    return [Path(".env"), Path("prefect.toml"), Path("pyproject.toml"), profiles]
