"""The first minute: `nightcast init` on databases that are there already."""

from __future__ import annotations

import io
import sqlite3
import tomllib
from pathlib import Path
from typing import Any

import pytest

from flows.settings import load_settings
from tests.end_to_end.conftest import Project
from tests.end_to_end.shops import daily

SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, project: Project) -> Project:
    """A folder with the database of a shop, and without settings."""
    folder = tmp_path / "shop"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("NIGHTCAST_DATABASE__URL")
    with sqlite3.connect(folder / "shop.db") as connection:
        connection.execute(
            "CREATE TABLE receipts (no INTEGER PRIMARY KEY, card TEXT, sold_at TEXT, total REAL, points REAL)"
        )
        rows = [
            (f"c{number}", f"{day} 10:15:00", 5.5 + number) for number in range(30) for day in daily("2026-01-01", 40)
        ]
        connection.executemany("INSERT INTO receipts (card, sold_at, total) VALUES (?, ?, ?)", rows)
        connection.execute("CREATE TABLE bookings (customer_id TEXT, booked_for TEXT)")
        connection.executemany("INSERT INTO bookings VALUES (?, ?)", [(card, moment) for card, moment, _ in rows])
    connection.close()
    return Project(folder, f"sqlite:///{folder / 'shop.db'}", project._capture)


def settings_in(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "nightcast.toml").read_text(encoding="utf-8"))


def on_a_terminal(monkeypatch: pytest.MonkeyPatch, answers: str) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal(answers))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)


@SQLITE
def test_a_database_file_is_looked_at_and_a_night_reads_what_was_proposed(shop: Project) -> None:
    answer = shop.nightcast("init", "shop.db", "--yes")
    assert answer.code == 0, answer.err
    settings = settings_in(shop.folder)
    assert settings["database"] == {"url": "sqlite:///shop.db"}
    assert settings["source"]["visits"]["table"] == "receipts"
    assert settings["source"]["visits"]["columns"] == {
        "customer_id": "card",
        "visited_at": "sold_at",
        "amount": "total",
    }
    assert "receipts (customer_id = card, visited_at = sold_at, amount = total)" in " ".join(answer.err.split())
    text = (shop.folder / "nightcast.toml").read_text(encoding="utf-8")
    assert "# Proposed, since its name speaks of receipt" in text
    assert "nightcast run" in answer.err
    plan = shop.nightcast("plan", "--as-of", "2026-02-11", "--product", "next_visit", "--json")
    assert plan.code == 0, plan.err
    assert "1,200" in plan.out or "1200" in plan.out


@SQLITE
def test_what_is_there_stays_and_init_may_be_repeated(shop: Project) -> None:
    assert shop.nightcast("init", "shop.db").code == 0
    before = (shop.folder / "nightcast.toml").read_bytes()
    again = shop.nightcast("init", "shop.db")
    assert again.code == 0
    assert "stays as it is" in " ".join(again.err.split())
    assert (shop.folder / "nightcast.toml").read_bytes() == before
    (shop.folder / "other.db").write_bytes((shop.folder / "shop.db").read_bytes())
    other = shop.nightcast("init", "other.db")
    assert (other.code, "another database" in other.err) == (2, True)


@SQLITE
@pytest.mark.parametrize(("answers", "table"), [("\n0\n", "receipts"), ("2\n0\n", "bookings"), ("0\n0\n", None)])
def test_on_a_terminal_a_person_chooses(
    shop: Project, monkeypatch: pytest.MonkeyPatch, answers: str, table: str | None
) -> None:
    on_a_terminal(monkeypatch, answers)
    answer = shop.nightcast("init", "shop.db")
    assert answer.code == 0, answer.err
    assert "Which one holds the visits?" in " ".join(answer.err.split())
    assert settings_in(shop.folder).get("source", {}).get("visits", {}).get("table") == table


@SQLITE
def test_a_url_of_the_environment_is_used_and_never_written(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTCAST_DATABASE__URL", shop.url)
    answer = shop.nightcast("init")
    assert answer.code == 0
    settings = settings_in(shop.folder)
    assert "url" not in settings["database"]
    assert settings["source"]["visits"]["table"] == "receipts"


@SQLITE
@pytest.mark.parametrize("target", ["nothing.db", "sqlite:///nothing.db", "oracle+nothing://ann@localhost/shop"])
def test_what_cannot_be_looked_at_leaves_no_file(shop: Project, target: str) -> None:
    answer = shop.nightcast("init", target)
    assert answer.code == 2, answer
    assert answer.err.startswith("Error: ")
    assert not (shop.folder / "nightcast.toml").exists()


@SQLITE
def test_a_server_that_is_down_leaves_no_file(shop: Project) -> None:
    answer = shop.nightcast("init", "postgresql://ann:xyzzy@127.0.0.1:1/shop")
    assert answer.code == 3, answer
    assert "xyzzy" not in answer.err
    assert not (shop.folder / "nightcast.toml").exists()


@SQLITE
def test_settings_elsewhere_find_the_file(shop: Project) -> None:
    config = shop.folder / "settings" / "nightcast.toml"
    assert shop.nightcast("init", "shop.db", "--config", str(config)).code == 0
    assert load_settings(config).database.url.get_secret_value() == shop.url


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_password_is_never_written(project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    project.execute(
        "CREATE TABLE orders AS SELECT n % 40 AS customer_id, date '2026-01-01' + n % 200 AS ordered_on "
        "FROM generate_series(1, 600) AS n"
    )
    monkeypatch.delenv("NIGHTCAST_DATABASE__URL")
    monkeypatch.chdir(tmp_path)
    url = project.database.url.set(password="xyzzy plugh")  # noqa: S106
    answer = project.nightcast("init", url.render_as_string(hide_password=False))
    assert answer.code == 0, answer.err
    text = (tmp_path / "nightcast.toml").read_text(encoding="utf-8")
    assert "xyzzy" not in text + answer.err + answer.out
    assert "plugh" not in text + answer.err + answer.out
    assert 'table = "orders"' in text
    assert "NIGHTCAST_DATABASE__URL=postgresql" in answer.err


def test_after_the_first_night_the_next_steps_are_said_once(project: Project) -> None:
    visits = [(f"c{number}", day) for number in range(5) for day in daily("2026-01-01", 40, every=2 + number)]
    assert project.load("visits", ("customer_id", "visited_at"), visits).code == 0
    night = ("run", "--as-of", "2026-02-10", "--product", "next_visit")
    assert "That was the first night" not in project.nightcast(*night, "--dry-run").err
    first = project.nightcast(*night)
    assert first.code == 0, first.err
    assert "That was the first night" in first.err
    assert f"SELECT * FROM {project.table('rpt_trust')}" in first.err
    assert project.select(f"SELECT * FROM {project.table('rpt_trust')}")
    assert "That was the first night" not in project.nightcast(*night).err


@pytest.fixture
def exports(shop: Project) -> Project:
    """A folder with files of a till, one for each year, and of articles, with German dates and numbers."""
    folder = shop.folder / "exports"
    folder.mkdir()
    for year in (2025, 2026):
        lines = [f"K{n};{day:%d.%m.%Y};{n + 1},50;F{n % 2}" for n in range(30) for day in daily(f"{year}-01-01", 40)]
        (folder / f"Kassenbons {year}.csv").write_text(
            "\n".join(["Kundennr;Kaufdatum;Betrag;Filiale", *lines]), encoding="utf-8"
        )
    lines = [f"A{n},{day},{n + 3},W{n % 2}" for n in range(6) for day in daily("2026-01-01", 40)]
    (folder / "absatz.csv").write_text("\n".join(["artikel,datum,menge,warengruppe", *lines]), encoding="utf-8")
    (folder / "notes.txt").write_text("nothing", encoding="utf-8")
    return shop


@SQLITE
def test_files_are_loaded_as_proposed(exports: Project) -> None:
    printed = exports.nightcast("init", "exports")
    assert printed.code == 0, printed.err
    assert (
        "nightcast load visits 'exports/Kassenbons 2026.csv' --customer-id Kundennr --visited-at Kaufdatum"
        in printed.err
    )
    assert "--date-format %d.%m.%Y" in printed.err
    assert "nightcast load sales exports/absatz.csv --series-id artikel" in printed.err
    (exports.folder / "nightcast.toml").unlink()
    loaded = exports.nightcast("init", "exports", "--yes")
    assert loaded.code == 0, loaded.err
    with sqlite3.connect(exports.folder / "nightcast.db") as connection:
        assert connection.execute("SELECT count(*), max(amount) FROM visits").fetchone() == (2400, 30.5)
        assert connection.execute("SELECT count(*) FROM sales").fetchone() == (240,)
    connection.close()
    assert settings_in(exports.folder)["source"]["sales"]["groups"] == ["warengruppe"]


@SQLITE
def test_dates_that_can_be_read_in_two_ways_are_not_guessed(exports: Project) -> None:
    folder = exports.folder / "us"
    folder.mkdir()
    lines = [f"c{n},{month:02}/{day:02}/2026,5.5" for n in range(9) for month in range(1, 9) for day in (3, 7)]
    (folder / "visits.csv").write_text("\n".join(["customer,visited,total", *lines]), encoding="utf-8")
    answer = exports.nightcast("init", "us", "--yes")
    assert answer.code == 0, answer.err
    assert "can be read in several ways" in answer.err
    assert "%d/%m/%Y" in answer.err
    assert "Loaded" not in answer.err


@SQLITE
def test_many_small_files_with_the_same_columns_are_one_source(exports: Project) -> None:
    folder = exports.folder / "tmp_of_tills"
    folder.mkdir()
    for number, day in enumerate(daily("2026-01-01", 30)):
        rows = "".join(f"{(number * 7 + card) % 40:05},{day} 10:{card:02},{card}.50\n" for card in range(20))
        (folder / f"day_{number:02}.csv").write_text(f"card,time,total\n{rows}")
    answer = exports.nightcast("init", str(folder))
    assert answer.code == 0, answer.err
    assert "day_00.csv and 29 more files" in " ".join(answer.err.split())
    assert answer.err.count("nightcast load visits") == 3
    answer = exports.nightcast("init", str(folder), "--yes")
    assert answer.err.count("Loaded 20 rows") == 30


@SQLITE
def test_what_keeps_a_file_from_being_read_comes_with_its_remedy(exports: Project) -> None:
    folder = exports.folder / "old"
    folder.mkdir()
    (folder / "visits.csv").write_bytes(b"card,time\n" + "Käufer,2026-11-01\n".encode("latin-1") * 50)
    answer = exports.nightcast("init", str(folder), "--yes")
    assert answer.code == 0
    assert "iconv" in answer.err
    assert "nightcast load visits FILE" in answer.err


@SQLITE
def test_a_new_file_named_as_a_database_becomes_one(shop: Project) -> None:
    (shop.folder / "new.db").touch()
    assert shop.nightcast("init", "new.db").code == 0
    assert settings_in(shop.folder)["database"] == {"url": "sqlite:///new.db"}
