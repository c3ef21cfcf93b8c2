"""Which settings of Prefect name a server, so that nights by hand are shown there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows.server.configured import is_server_configured

URL = "http://127.0.0.1:4200/api"
PROFILES = f"""
active = "shop"
[profiles.shop]
PREFECT_API_URL = "{URL}"
[profiles.local]
PREFECT_LOGGING_LEVEL = "INFO"
"""
ASKED = "from flows.server.configured import is_server_configured; print(is_server_configured())"


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path)


def asked_anew(**environment: str) -> str:
    """The answer of a process of its own: Prefect reads its settings once."""
    command = [sys.executable, "-c", ASKED]
    return subprocess.run(command, env=os.environ | environment, check=True, capture_output=True, text=True).stdout


def test_nothing_names_a_server(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("NIGHTCAST_DATABASE__URL=sqlite:///shop.db\n", encoding="utf-8")
    assert not is_server_configured()


@pytest.mark.parametrize(("url", "is_configured"), [(URL, True), ("", False)])
def test_the_variable_decides(monkeypatch: pytest.MonkeyPatch, url: str, is_configured: bool) -> None:
    Path("prefect.toml").write_text('[api]\nurl = "http://elsewhere/api"\n', encoding="utf-8")
    monkeypatch.setenv("PREFECT_API_URL", url)
    assert is_server_configured() == is_configured


def test_the_active_profile_decides(tmp_path: Path) -> None:
    (tmp_path / "home" / "profiles.toml").write_text(PROFILES, encoding="utf-8")
    assert asked_anew() == "True\n"
    assert asked_anew(PREFECT_PROFILE="local") == "False\n"


def test_a_dotenv_file_names_a_server(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"PREFECT_API_URL={URL}\n", encoding="utf-8")
    assert asked_anew() == "True\n"
