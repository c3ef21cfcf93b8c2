"""``nightcast show``: what it shows, refuses and proposes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.command_line import run_command_line
from nightcast.glossary import METRICS
from nightcast.values import Product
from sql.engine import Database
from sql.hindsight.trust import write_trust
from tests.sql.ledger.test_listings import AS_OF, add_model, begin, publish_sales, publish_visits

Show = Callable[..., tuple[int, str, str]]

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def show(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Show:
    """Exit code, output and messages of the command."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NIGHTCAST_DATABASE__URL", database.url.render_as_string(hide_password=False))

    def run(*arguments: str) -> tuple[int, str, str]:
        code = run_command_line(["show", *arguments])
        output = capsys.readouterr()
        return code, output.out, output.err

    return run


def test_a_table_shows_the_first_rows_and_programs_get_all(database: Database, show: Show) -> None:
    publish_visits(database, {f"c{number:03}": number / 100 for number in range(90)})
    table = show("next-visit")[1]
    assert "20 of 90" in table
    assert "c089" in table
    assert "c069" not in table
    assert "90" not in show("next-visit", "--limit", "0")[1].splitlines()[-1].split()
    assert len(json.loads(show("next-visit", "--json")[1])) == 90
    rows = list(csv.DictReader(io.StringIO(show("next-visit", "--csv")[1])))
    assert [row["customer_id"] for row in rows] == [f"c{number:03}" for number in reversed(range(90))]
    assert len(json.loads(show("next-visit", "--json", "--limit", "7")[1])) == 7


@pytest.mark.parametrize("width", ["80", "100", "130"])
def test_long_identifiers_are_whole(
    database: Database, show: Show, width: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    mails = [f"a-customer-with-a-long-name-{number}@the-company.example.com" for number in range(3)]
    publish_visits(database, dict.fromkeys(mails, 0.5))
    publish_sales(database, dict.fromkeys(mails, 4.0))
    for what in ("next-visit", "sales"):
        code, table, _ = show(what)
        assert code == 0
        assert all(mail in table for mail in mails)
        assert table.count("2024-0") >= 3
        assert max(map(len, table.splitlines())) <= int(width)


def test_an_unknown_identifier_names_near_ones(database: Database, show: Show) -> None:
    publish_visits(database, dict.fromkeys(["990", "199", "12345", "Anna_100%", "x'; --"], 0.5))
    publish_sales(database, {"bakery/baguette": 1.0, "new": None})
    for wanted, nearest in (("99", "990, 199"), ("anna_100%", "Anna_100%"), ("x'", "x'; --"), ("12354", "12345")):
        code, out, err = show("next-visit", "--customer", wanted)
        assert (code, out) == (2, "")
        assert nearest in err
    assert "published yet" not in err
    assert "bakery/baguette" in show("sales", "--series", "baguette")[2]
    code, _, err = show("sales", "--series", "new")
    assert code == 2
    assert "no forecast" in err
    assert show("sales", "--series", "zzz", "--json")[0] == 2


def test_nothing_published_is_said_only_then(database: Database, show: Show) -> None:
    for arguments in (["next-visit"], ["next-visit", "--customer", "99"], ["sales", "--series", "x"]):
        code, out, err = show(*arguments)
        assert (code, out) == (0, "")
        assert "has been published yet" in err
    assert show("sales", "--json")[1] == "[]\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("runs", "--customer", "1"),
        ("next-visit", "--product", "sales"),
        ("next-visit", "--series", "1"),
        ("sales", "--customer", "1"),
        ("models", "--series", "1"),
        ("rejected", "--product", "sales"),
        ("accuracy", "--customer", "1"),
    ],
)
def test_an_option_that_would_change_nothing_is_refused(database: Database, show: Show, arguments: list[str]) -> None:
    code, _, err = show(*arguments)
    assert code == 2
    assert f"{arguments[1]} does not apply" in err


def test_values_have_their_types(database: Database, show: Show) -> None:
    publish_visits(database, {"a": 0.5})
    begin(database, Product.SALES)
    add_model(database, "m", "champion", 0.25)
    run = json.loads(show("runs", "--json")[1])[1]
    assert (run["retrained"], run["subjects"], run["error"]) == (True, 1, None)
    assert json.loads(show("models", "--json")[1])[0]["metrics"] == {"wape": 0.25, "x": 1.0}
    (row,) = csv.DictReader(io.StringIO(show("models", "--csv")[1]))
    assert json.loads(row["metrics"]) == {"wape": 0.25, "x": 1.0}


def test_accuracy_begins_with_a_sentence_and_explains_each_figure(database: Database, show: Show) -> None:
    add_model(database, "m", "champion", 0.25)
    for product, mark in ((Product.SALES, "good"), (Product.NEXT_VISIT, None)):
        write_trust(database, product, {"as_of": AS_OF, "forecasts": 1, "sentence": f"{product} held.", "mark": mark})
    code, out, _ = show("accuracy")
    assert code == 0
    first, second, *others = out.splitlines()
    assert (first, second) == ("next_visit: next_visit held.", "sales (good): sales held.")
    assert f"wape: {METRICS['wape']}" in others
    assert not any(line.startswith("mase:") for line in others)
    assert show("accuracy", "--product", "sales")[1].startswith("sales (good)")
    assert json.loads(show("accuracy", "--json")[1])[0]["metric"] == "wape"
    assert "wape" in show("--help")[1]


def test_the_database_is_opened_for_reading(database: Database, show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("opened for writing")

    publish_visits(database, {"a": 0.5})
    database.engine.dispose()
    monkeypatch.setattr("sql.engine._engine", refused)
    assert show("next-visit")[0] == 0
