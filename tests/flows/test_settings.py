"""Variables of the environment that set nothing are named."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from flows.settings import load_settings
from nightcast.errors import SettingsError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


MISSPELT = [
    ("NIGHTCAST_DATABASE_URL", "NIGHTCAST_DATABASE__URL"),
    ("NIGHTCAST_DATABASEURL", "NIGHTCAST_DATABASE__URL"),
    ("NIGHTCAST_DATABSE__URL", "database"),
    ("NIGHTCAST_DATABASE___URL", "url"),
    ("NIGHTCAST_SALES_NETWORK_UNITS", "NIGHTCAST_SALES__NETWORK__UNITS"),
    ("NIGHTCAST_RUN_TIMEZON", "NIGHTCAST_RUN__TIMEZONE"),
    ("nightcast_source_visits_table", "NIGHTCAST_SOURCE__VISITS__TABLE"),
]


@pytest.mark.parametrize(("name", "meant"), MISSPELT)
@pytest.mark.parametrize("place", ["environment", ".env"])
def test_a_misspelt_variable_is_refused_with_the_right_name(
    name: str, meant: str, place: str, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    if place == ".env":
        (folder / ".env").write_text(f"{name}=hunter2", encoding="utf-8")
    else:
        monkeypatch.setenv(name, "hunter2")
    with pytest.raises(SettingsError, match=meant) as refused:
        load_settings()
    assert name.upper() in str(refused.value).upper()
    assert "hunter2" not in str(refused.value)


def test_a_variable_that_is_like_no_setting_is_pointed_at(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, folder: Path
) -> None:
    logger = logging.getLogger("nightcast")
    monkeypatch.setattr(logger, "handlers", [])  # commands of other tests add theirs
    monkeypatch.setattr(logger, "propagate", True)
    monkeypatch.setenv("NIGHTCAST_HOME_OF_THE_CAT", "x")
    monkeypatch.setenv("NIGHTCAST_CONFIG", "")
    monkeypatch.setenv("NIGHTCAST_SALES__HORIZON", "14")
    monkeypatch.setenv("NIGHTCAST_MODEL", '{"seed": 3}')
    (folder / ".env").write_text("OTHER=1\nNIGHTCAST_RUN__TIMEZONE=Europe/Zurich", encoding="utf-8")
    settings = load_settings()
    assert (settings.sales.horizon, settings.model.seed, settings.run.timezone) == (14, 3, "Europe/Zurich")
    assert [record.message.split()[3] for record in caplog.records] == ["NIGHTCAST_HOME_OF_THE_CAT"]
