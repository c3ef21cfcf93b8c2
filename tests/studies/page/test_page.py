from __future__ import annotations

import datetime
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nightcast.errors import InputError
from studies.charts import Histogram
from studies.kinds import KINDS
from studies.page.page import page, write_page
from studies.results import ConfigurationResult, StudyResult
from studies.run import StudyOutcome
from studies.settings import Claim, Configuration, Published, StudySettings
from studies.study_file import StudyFile
from studies.verdicts.judge import judge
from studies.verdicts.summary import summarise

SCORES = np.random.default_rng(1).normal(100, 5, size=40)
VOID = {"meta", "br", "hr", "img", "input", "link"}
NASTY = "<script>alert(1)</script> & \"x\" 'y'"


class Outline(HTMLParser):
    """Text and elements of a page; an element that is closed out of turn is an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


STARTED = datetime.datetime(2026, 11, 21, 3, 30, tzinfo=datetime.UTC)


def outcome(
    scores: dict[str, np.ndarray[Any, Any]],
    published: dict[str, Published] | None = None,
    claims: tuple[Claim, ...] = (),
    **more: Any,
) -> StudyOutcome:
    """A study with one metric, and a chart."""
    figures = published or {}
    configurations = tuple(
        Configuration(name=name, published={"test_rmse": figures[name]} if name in figures else {}) for name in scores
    )
    settings = StudySettings(name="shampoo", repeats=40, seed=7, claims=claims, configurations=configurations, **more)
    result = StudyResult(
        [ConfigurationResult(name, {"test_rmse": values}, 12.5, 1.25) for name, values in scores.items()],
        [Histogram("Distribution of forecasts", "sales", {"actual": SCORES})],
        ["The noise has a standard deviation of 0.5."],
    )
    file = StudyFile(Path("shampoo.toml"), KINDS["series"](), settings, "ab" * 32)
    rows, verdicts = summarise(result, configurations), judge(settings, result)
    return StudyOutcome(file, result, rows, verdicts, STARTED, STARTED + datetime.timedelta(seconds=25), 25.0)


def rendered(*given: Any, **more: Any) -> str:
    """The page of such a study."""
    return page(outcome(*given, **more))


def test_a_page_says_it_all_in_order() -> None:
    claims = (Claim(text="The first is less.", first="one", second="two"),)
    text = rendered(
        {"one": SCORES, "two": SCORES + 20}, {"two": Published(mean=60.0, std=1.0)}, claims, title="Shampoo sales"
    )
    texts = [one for one in Outline(text).texts if one]
    order = [
        "Shampoo sales",
        "Verdicts",
        "✓ confirmed",
        "The first is less.",
        "✗ not confirmed",
        "two: published test_rmse of 60 (standard deviation 1)",
        "Summary",
        "Charts",
        "test_rmse over the repeats of each configuration",
        "Distribution of forecasts",
        "Notes",
        "The noise has a standard deviation of 0.5.",
        "How it was run",
        f"shampoo.toml, SHA-256 {'ab' * 32}",
        "2026-11-21 03:30:00 UTC",
        "12.50",
    ]
    body = texts[texts.index("A study by Nightcast") :]
    places = [body.index(one) for one in order]
    assert places == sorted(places)
    assert {"Repeats", "40 of each configuration", "Seed", "7", "1.25"} <= set(body)


def test_figures_stand_beside_those_published_with_no_more_digits_than_those_have() -> None:
    text = rendered(
        {"one": SCORES, "two": SCORES},
        {
            "one": Published(mean=103.142903, std=7.1, minimum=94.05238, maximum=114.95843),
            "two": Published(value=47.53),
        },
    )
    assert f'<td>{SCORES.mean():.3f}<span class="published">103.143</span></td>' in text
    assert f'<td>{SCORES.std(ddof=1):.3f}<span class="published">7.1</span></td>' in text
    assert f'<td>{SCORES.min():.3f}<span class="published">94.052</span></td>' in text
    assert f"<td>{np.median(SCORES):.3f}</td>" in text
    assert "one run: 47.53<" in text


def test_a_page_points_nowhere_and_runs_nothing() -> None:
    claims = (Claim(text=NASTY, first=NASTY, second="two"),)
    text = rendered({NASTY: SCORES, "two": SCORES}, claims=claims, title=NASTY, origin=NASTY)
    outline = Outline(text)
    assert set(outline.tags) & {"script", "link", "img", "iframe", "object", "a"} == set()
    assert re.findall(r"https?:|@import|url\((?!#)| on\w+=", text) == []
    assert sum(NASTY in one for one in outline.texts) >= 5


def test_every_colour_of_the_charts_is_in_the_style_sheet() -> None:
    text = rendered({"one": SCORES}, {"one": Published(value=1.0)})
    assert set(re.findall(r"var\(--(\w+)\)", text)) <= set(re.findall(r"--(\w+):", text))


def test_a_page_without_anything_to_judge_has_no_verdicts() -> None:
    text = rendered({"one": np.array([5.0])})
    assert "Verdicts" not in text
    assert "published figures" not in text
    assert "<td>–</td>" in text  # noqa: RUF001  (one repeat has no standard deviation)


def test_diverged_repeats_are_counted() -> None:
    text = rendered({"one": np.append(SCORES, [np.nan, np.inf]), "two": np.full(3, np.nan)})
    assert "2 diverged" in text
    assert "3 diverged" in text
    assert "nan" not in " ".join(Outline(text).texts)


def test_a_page_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    study = outcome({"one": SCORES})
    target = tmp_path / "study.html"
    target.write_text("old")
    write_page(target, study)
    assert target.read_text(encoding="utf-8") == page(study)
    assert list(tmp_path.iterdir()) == [target]
    folder = tmp_path / "folder.html"
    folder.mkdir()
    for path in (tmp_path / "missing" / "study.html", folder):
        with pytest.raises(InputError, match=path.name):
            write_page(path, study)
    assert sorted(tmp_path.iterdir()) == [folder, target]
