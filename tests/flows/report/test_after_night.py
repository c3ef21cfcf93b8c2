"""The folder of reports, and failures to write one, which never fail the night."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from pydantic import SecretStr

from benchmarks.report.shop import AS_OF
from flows.commands.nights.report import command
from flows.night.request import Outcome, WholeNight
from flows.report.after_night import leave_report
from flows.report.settings import ReportSettings
from flows.settings import Settings
from nightcast.values import Product
from sql.engine import Database
from sql.settings import DatabaseSettings
from sql.tables import forecast_run

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def settings_of(database: Database, folder: Path | None) -> Settings:
    url = database.url.render_as_string(hide_password=False)
    return Settings(
        database=DatabaseSettings(url=SecretStr(url)), report=ReportSettings(folder=str(folder) if folder else None)
    )


def night_of(database: Database) -> WholeNight:
    query = sa.select(forecast_run.c.run_id).where(forecast_run.c.product == "sales", forecast_run.c.as_of == AS_OF)
    return WholeNight([Outcome(product=Product.SALES, as_of=AS_OF, run_id=database.value(query), notes=["one"])])


def test_each_night_leaves_its_report_beside_an_index(shop: Database, tmp_path: Path) -> None:
    folder, night = tmp_path / "reports", night_of(shop)
    folder.mkdir()
    (folder / "2026-11-15.html").write_text("the night before")
    leave_report(settings_of(shop, folder), AS_OF, night)
    assert {path.name for path in folder.iterdir()} == {"2026-11-15.html", "2026-11-16.html", "index.html"}
    assert "<svg" in (folder / "2026-11-16.html").read_text(encoding="utf-8")
    index = (folder / "index.html").read_text(encoding="utf-8")
    assert index.index("2026-11-16.html") < index.index("2026-11-15.html")
    assert night.results[0].notes == ["one"]  # type: ignore[union-attr]


def test_a_backfill_and_a_shop_without_a_folder_leave_none(shop: Database, tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    leave_report(settings_of(shop, folder), AS_OF - datetime.timedelta(days=9), night_of(shop))
    leave_report(settings_of(shop, None), AS_OF, night_of(shop))
    assert not folder.exists()


def test_a_folder_that_cannot_be_written_to_is_a_note(shop: Database, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    night = night_of(shop)
    leave_report(settings_of(shop, tmp_path / "file" / "reports"), AS_OF, night)
    [outcome] = night.results
    assert isinstance(outcome, Outcome)
    assert outcome.notes[1].startswith("the report could not be left: ")
    kept = shop.value(sa.select(forecast_run.c.notes).where(forecast_run.c.run_id == outcome.run_id))
    assert kept == "\n".join(outcome.notes)


def test_the_command_writes_the_file_or_a_message(
    shop: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NIGHTCAST_DATABASE__URL", shop.url.render_as_string(hide_password=False))
    assert CliRunner().invoke(command, []).exit_code == 0
    assert "</html>" in (tmp_path / "nightcast-report.html").read_text(encoding="utf-8")
    printed = CliRunner().invoke(command, ["--email"])
    assert printed.stdout.startswith("Subject: Nightcast: The night of 16 Nov 2026\n")
    assert CliRunner().invoke(command, ["-o", "night.html"]).exit_code == 0
    assert (tmp_path / "night.html").stat().st_size > 50_000
