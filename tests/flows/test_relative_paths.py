"""Relative paths in the settings are relative to their file, whatever its folder is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.settings import load_settings
from sql.engine import open_database


@pytest.mark.parametrize("folder", ["what next?x", "a?timeout=5", "50% #1", "Größe 顧客"])
@pytest.mark.parametrize("url", ["", "[database]\nurl = 'sqlite:///nightcast.db'\n"])
def test_the_database_lies_beside_the_settings(
    tmp_path: Path, folder: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NIGHTCAST_DATABASE__URL", raising=False)
    settings_file = tmp_path / folder / "nightcast.toml"
    settings_file.parent.mkdir()
    settings_file.write_text(url, encoding="utf-8")
    settings = load_settings(settings_file)
    assert open_database(settings.database).file == tmp_path / folder / "nightcast.db"
    assert settings.model.store == str(tmp_path / folder / "models_store")
