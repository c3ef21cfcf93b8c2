"""``nightcast study``: from a file to tables, a page and rows, with and without a database."""

from __future__ import annotations

import csv
import io
import itertools
import math
from pathlib import Path

import pytest

from flows.command_line import run_command_line
from tests.end_to_end.conftest import Project

VALUES = [100 + 3 * place + (20 if place % 4 == 0 else 0) + place % 3 for place in range(36)]

STUDY = """
kind = "series"
name = "shop"
title = "A shop's months"
repeats = 3
seed = 5
[series]
file = "values.csv"
[split]
train = 24
[defaults]
difference = 1
scale = [-1, 1]
epochs = 2
batch_size = 1
[[configurations]]
name = "persistence"
model = "persistence"
published.test_rmse.value = 1.0
[[configurations]]
name = "stateful"
stateful = true
[[configurations]]
name = "stateless"
[[claims]]
text = "a state helps."
first = "stateful"
second = "stateless"
"""

NAIVE = STUDY.partition('[[configurations]]\nname = "stateful"')[0]
"""The same without networks, which take their time to compile."""

PERSISTENCE = math.sqrt(sum((after - before) ** 2 for before, after in itertools.pairwise(VALUES[23:])) / 12)
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def months(values: list[int]) -> list[tuple[str, str]]:
    return [(f"{2020 + place // 12}-{place % 12 + 1:02}-01", str(value)) for place, value in enumerate(values)]


def write_study(folder: Path, text: str = STUDY, values: list[int] = VALUES) -> Path:
    rows = "".join(f"{month},{value}\n" for month, value in months(values))
    (folder / "values.csv").write_text(f"period,value\n{rows}", encoding="utf-8")
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return folder / "study.toml"


def test_a_study_is_shown_saved_and_written_as_a_page(project: Project) -> None:
    write_study(project.folder)
    answer = project.nightcast("study", "study.toml", "--json")
    assert answer.code == 0, answer.err
    rows = {(row["configuration"], row["metric"]): row for row in answer.rows}
    naive = rows["persistence", "test_rmse"]
    assert naive["mean"] == pytest.approx(PERSISTENCE)
    assert (naive["count"], naive["std"], naive["published_value"], naive["verdict"]) == (3, 0, 1.0, "not confirmed")
    assert rows["stateful", "test_rmse"]["mean"] != rows["stateless", "test_rmse"]["mean"]
    assert "open: a state helps." in answer.err or "confirmed: a state helps." in answer.err
    page = (project.folder / "study.html").read_text(encoding="utf-8")
    assert "A shop&#39;s months" in page
    [kept] = project.select("SELECT study_id, name, kind, repeats, seed, sha256 FROM {study}")
    assert f"Saved as study {kept['study_id']}." in answer.err
    assert (kept["name"], kept["kind"], kept["repeats"], kept["seed"]) == ("shop", "series", 3, 5)
    scores = project.select("SELECT configuration, metric, value FROM {study_score} WHERE value IS NOT NULL")
    assert len(scores) == 3 * len(rows)
    mine = [row["value"] for row in scores if (row["configuration"], row["metric"]) == ("stateful", "test_rmse")]
    assert sum(mine) / 3 == pytest.approx(rows["stateful", "test_rmse"]["mean"])


@on_sqlite
def test_the_same_file_gives_the_same_table(project: Project) -> None:
    write_study(project.folder)
    first = project.nightcast("study", "study.toml", "--csv", "-o", "first.html")
    second = project.nightcast("study", "study.toml", "--csv", "-o", "second.html", "--no-save")
    assert first.code == second.code == 0
    assert first.out == second.out
    assert len(list(csv.reader(io.StringIO(first.out)))) > 6
    assert "Not saved" in second.err
    assert len(project.select("SELECT * FROM {study}")) == 1
    assert (project.folder / "first.html").exists()
    assert (project.folder / "second.html").exists()


@on_sqlite
def test_people_see_the_studys_metric_and_the_verdicts(project: Project) -> None:
    write_study(project.folder, STUDY.replace("repeats = 3", "repeats = 7"))
    answer = project.nightcast("study", "study.toml", "--repeats", "2")
    assert answer.code == 0, answer.err
    assert answer.out.split()[0] == "test_rmse"
    assert "train_rmse" not in answer.out
    for part in ("configuration", "25 %", "published", f"{PERSISTENCE:.1f}", "a state helps. ", "not confirmed"):
        assert part in answer.out
    assert "A shop's months: 3 configurations, 2 repeats of each" in answer.err
    assert "Page: study.html" in answer.err


def test_neither_settings_nor_a_database_are_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    path = write_study(tmp_path / "elsewhere", NAIVE)
    assert run_command_line(["study", str(path)]) == 0
    messages = capsys.readouterr().err
    assert "there is no database here" in messages
    assert {path.name for path in tmp_path.iterdir()} == {"elsewhere", "study.html"}


def test_a_database_without_our_tables_keeps_nothing(project: Project) -> None:
    write_study(project.folder, NAIVE)
    project.execute("DROP TABLE {nightcast_schema_version}")
    answer = project.nightcast("study", "study.toml")
    assert answer.code == 0, answer.err
    assert "has no Nightcast tables" in answer.err
    assert project.select("SELECT * FROM {study}") == []


@on_sqlite
def test_older_tables_are_refused_before_anything_runs(project: Project) -> None:
    write_study(project.folder)
    project.execute("UPDATE {nightcast_schema_version} SET version_num = '0003'")
    answer = project.nightcast("study", "study.toml")
    assert answer.code == 2
    assert "nightcast migrate" in answer.err
    assert not (project.folder / "study.html").exists()
    assert project.nightcast("study", "study.toml", "--no-save").code == 0


def test_a_series_of_the_database_is_studied(project: Project) -> None:
    project.load("sales", ("series_id", "period", "value"), [("tea", *row) for row in months(VALUES)])
    text = NAIVE.replace('file = "values.csv"', 'series_id = "tea"')
    (project.folder / "study.toml").write_text(text, encoding="utf-8")
    answer = project.nightcast("study", "study.toml", "--json")
    assert answer.code == 0, answer.err
    row = next(row for row in answer.rows if row["metric"] == "test_rmse")
    assert row["mean"] == pytest.approx(PERSISTENCE)
    (project.folder / "study.toml").write_text(text.replace("tea", "teas"), encoding="utf-8")
    missing = project.nightcast("study", "study.toml")
    assert missing.code == 2
    assert "'teas'" in missing.err


@on_sqlite
def test_the_visits_of_the_database_are_studied(project: Project) -> None:
    days = [(f"c{customer}", f"2025-{month:02}-{customer % 9 + 10}") for customer in range(9) for month in range(1, 13)]
    project.load("visits", ("customer_id", "visited_at"), days)
    text = (
        'kind = "intervals"\nname = "mine"\nmetric = "test_error"\nrepeats = 2\n[visits]\ndatabase = true\n'
        '[[configurations]]\nname = "usual"\nmodel = "most_frequent_bin"\n'
    )
    (project.folder / "study.toml").write_text(text, encoding="utf-8")
    answer = project.nightcast("study", "study.toml", "--json")
    assert answer.code == 0, answer.err
    row = next(row for row in answer.rows if row["metric"] == "test_error")
    assert row["mean"] == 0.0  # a month is always in the bin of up to 40 days


@on_sqlite
@pytest.mark.parametrize(
    ("change", "options", "named"),
    [
        (("stateful = true", "statful = true"), (), "did you mean 'stateful'?"),
        (('kind = "series"', 'kind = "serie"'), (), "did you mean 'series'?"),
        (("repeats = 3", "repeats = 0"), (), "[repeats]"),
        (("", ""), ("--repeats", "0"), "[repeats]"),
        (('second = "stateless"', 'second = "statless"'), (), "names 'statless'"),
        (('"values.csv"', '"value.csv"'), (), "There is no file"),
        (('file = "values.csv"', 'file = "values.csv"\nvalue = "sum"'), (), "has no column 'sum'"),
        (("train = 24", "train = 40"), (), "36"),
        (("", ""), ("-o", "nowhere/page.html"), "There is no folder nowhere"),
        (("seed = 5", "seed = five"), (), "is not valid TOML"),
    ],
)
def test_an_invalid_study_is_refused(
    project: Project, change: tuple[str, str], options: tuple[str, ...], named: str
) -> None:
    write_study(project.folder, STUDY.replace(*change))
    answer = project.nightcast("study", "study.toml", *options)
    assert answer.code == 2, answer.err
    assert named in answer.err.replace("\n", " ")
    assert "Try: " in answer.err
    assert answer.out == ""
    assert project.select("SELECT * FROM {study}") == []


@on_sqlite
def test_a_file_that_does_not_exist_is_refused(project: Project) -> None:
    answer = project.nightcast("study", "study.toml")
    assert answer.code == 2
    assert "study.toml" in answer.err
