"""Every setting is in the template and in the document, with its default, and nothing else is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from flows.proposing.settings_text import template
from flows.settings import load_settings
from flows.settings.former import FORMER_SETTINGS
from nightcast.errors import SettingsError
from tests.documents.settings_page import all_settings, settings_page

DOCUMENT = Path(__file__).parents[2] / "docs" / "settings.md"


def defaults() -> dict[str, Any]:
    """The default of each setting by its dotted name."""
    return {f"{setting.section}.{setting.name}": setting.default for setting in all_settings()}


def shown() -> dict[str, Any]:
    """What the template shows, its settings uncommented, by dotted names."""
    return dict(_flat(tomllib.loads(re.sub(r"(?m)^# (?=[a-z_]+ = )", "", template()))))


def _flat(document: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    return [
        pair
        for name, value in document.items()
        for pair in (_flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [(prefix + name, value)])
    ]


def test_the_template_shows_every_setting_with_its_default() -> None:
    without_default = {name for name, default in defaults().items() if default is None}
    assert shown().keys() == defaults().keys()
    assert {name: value for name, value in shown().items() if name not in without_default} == {
        name: default for name, default in defaults().items() if name not in without_default
    }


def test_the_template_explains_every_setting() -> None:
    lines = [line for line in template().splitlines() if re.match(r"# [a-z_]+ = ", line)]
    assert [line for line in lines if not re.search(r"  # \S", line.removeprefix("# "))] == []
    assert max(map(len, template().splitlines())) <= 120


def test_the_document_is_that_of_the_settings() -> None:
    assert all(setting.description for setting in all_settings())
    assert DOCUMENT.read_text(encoding="utf-8") == settings_page(), "run `python -m tests.documents`"


def test_former_settings_are_none_of_today_and_lead_to_one() -> None:
    known = defaults().keys()
    for name, fate in FORMER_SETTINGS.items():
        assert name not in known
        moved = re.fullmatch(r"is now \[(.+)\] (\w+)", fate)
        assert f"{moved[1]}.{moved[2]}" in known if moved else fate.startswith("is no longer a setting: ")


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ('[sales]\nmodels = "auto"\nrecipes = "auto"', r"\[sales\] models is now \[sales\] recipes"),
        ('[next_visit]\narchitecture = "hazard"', r"\[next_visit\] architecture is now \[next_visit\] recipes"),
        ("[next_visit]\nunits = 8", r"\[next_visit\] units is now \[next_visit\.network\] units"),
        ("[sales]\norigins = 2", r"\[sales\] origins is no longer a setting: "),
        ("[next_visit.classic]\nbatch_size = 8", r"\[next_visit\.classic\] batch_size is no longer a setting: "),
    ],
)
def test_a_former_setting_in_a_file_is_refused_with_its_new_name(tmp_path: Path, file: str, message: str) -> None:
    path = tmp_path / "nightcast.toml"
    path.write_text(file, encoding="utf-8")
    with pytest.raises(SettingsError, match=message):
        load_settings(path)


def test_the_former_names_of_recipes_and_members_are_read_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "nightcast.toml"
    path.write_text('[sales]\nmodels = ["auto_ets"]\nhorizon = 3\nmembers = 2', encoding="utf-8")
    settings = load_settings(path)
    assert (settings.sales.recipes, settings.sales.horizon, settings.sales.network.members) == (("auto_ets",), 3, 2)
    assert "[sales] members is now [sales.network] members" in caplog.text
    assert "[sales] models is now [sales] recipes" in caplog.text
    assert str(path) in caplog.text


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        ("NIGHTCAST_SALES__MODELS", r"\[sales\] models is now \[sales\] recipes"),
        ("NIGHTCAST_SALES__STATEFUL", r"\[sales\] stateful is now \[sales\.classic\] stateful"),
        ("NIGHTCAST_NEXT_VISIT__MINIMUM_ROWS", r"\[next_visit\] minimum_rows is no longer a setting: "),
    ],
)
def test_a_former_setting_in_the_environment_is_refused_with_its_new_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(variable, "1")
    with pytest.raises(SettingsError, match=f"{variable}.*{message}"):
        load_settings()
    monkeypatch.delenv(variable)
    (tmp_path / ".env").write_text(f"{variable}=1\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=message):
        load_settings()
