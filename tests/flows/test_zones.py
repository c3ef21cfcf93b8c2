"""Time zones: what this machine has, what `init` proposes, and which differences `doctor` and `serve` warn of."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from flows.doctor import zones
from flows.doctor.zones import machine_timezone, same_clock, schedule_warning
from flows.proposing.settings_text import template
from flows.serve import Timetable, _announce
from flows.settings import RunSettings, Settings
from sql.settings import SourceSettings, VisitSource


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder with the machine's zone, which is not set yet."""
    monkeypatch.delenv("TZ", raising=False)
    monkeypatch.setattr(zones, "LOCALTIME", tmp_path / "localtime")
    monkeypatch.setattr(zones, "TIMEZONE", tmp_path / "timezone")
    return tmp_path


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Europe/Zurich", "Europe/Zurich"),
        (":America/New_York", "America/New_York"),
        ("/usr/share/zoneinfo/Asia/Tokyo", "Asia/Tokyo"),
        ("Etc/UTC", "UTC"),
        ("CET-1CEST", "UTC"),
        ("../../etc/passwd", "UTC"),
    ],
)
def test_the_zone_of_the_environment(machine: Path, monkeypatch: pytest.MonkeyPatch, value: str, expected: str) -> None:
    (machine / "timezone").write_text("Asia/Kolkata\n")
    monkeypatch.setenv("TZ", value)
    assert machine_timezone() == expected


def test_the_zone_of_the_machine(machine: Path) -> None:
    assert machine_timezone() == "UTC"
    (machine / "timezone").write_text("Asia/Kolkata\n")
    assert machine_timezone() == "Asia/Kolkata"
    (machine / "localtime").symlink_to("/usr/share/zoneinfo/Europe/Zurich")
    assert machine_timezone() == "Europe/Zurich"


def test_init_proposes_the_zone_for_days_and_for_visits() -> None:
    settings = tomllib.loads(template("Europe/Zurich"))
    assert settings["run"]["timezone"] == settings["source"]["visits"]["timezone"] == "Europe/Zurich"
    assert "timezone" not in tomllib.loads(template())["run"]


def test_zones_of_one_clock() -> None:
    assert same_clock("Europe/Zurich", "Europe/Berlin")
    assert not same_clock("Europe/Zurich", "Africa/Lagos")  # without summer time


def result(days: str | None, visits: str | None) -> str:
    run = RunSettings() if days is None else RunSettings(timezone=days)
    source = VisitSource() if visits is None else VisitSource(timezone=visits)
    return zones.zones(Settings(run=run, source=SourceSettings(visits=source))).result


@pytest.mark.parametrize(
    ("tz", "days", "visits", "expected"),
    [
        ("UTC", None, None, "ok"),
        ("UTC", "Europe/Zurich", "Europe/Zurich", "ok"),
        ("UTC", "Europe/Zurich", "UTC", "ok"),  # a database in UTC, on purpose
        ("Europe/Berlin", "Europe/Zurich", "Europe/Zurich", "ok"),
        ("UTC", "Europe/Zurich", None, "warning"),
        ("UTC", "Europe/Zurich", "America/New_York", "warning"),
        ("Europe/Zurich", None, None, "warning"),
        ("America/New_York", "Europe/Zurich", "Europe/Zurich", "warning"),
    ],
)
def test_differences_are_doubtful(
    machine: Path, monkeypatch: pytest.MonkeyPatch, tz: str, days: str | None, visits: str | None, expected: str
) -> None:
    monkeypatch.setenv("TZ", tz)
    assert result(days, visits) == expected


def test_a_schedule_in_another_zone_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert schedule_warning("Europe/Zurich", "Europe/Berlin") == ""
    monkeypatch.setattr("flows.serve._server_url", lambda: "http://127.0.0.1:4200/api")
    _announce(Timetable("30 0 * * *", None, "Europe/Zurich"), "UTC")
    assert "the as-of is the day in UTC" in " ".join(capsys.readouterr().err.split())
    _announce(Timetable("30 0 * * *", None, "Europe/Zurich"), "Europe/Zurich")
    assert "Warning" not in capsys.readouterr().err
