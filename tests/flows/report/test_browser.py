"""The page in Chromium: charts are drawn, the search works, nothing is requested, and everybody can read it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.report.__main__ import ARGUMENTS, CHROMIUM
from flows.report.charts.painter import Painter
from flows.report.compose import compose
from flows.report.page import page
from sql.engine import Database

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed"),
    pytest.mark.parametrize("database_kind", ["sqlite"]),
]


@pytest.fixture
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def file(shop: Database, tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    with Painter() as painter:
        path.write_text(page(compose(shop, "UTC", painter)), encoding="utf-8")
    return path


def test_everybody_can_read_it_and_nothing_is_requested(browser: Any, file: Path) -> None:
    from axe_playwright_python.sync_playwright import Axe

    for scheme, width in (("light", 1280), ("light", 768), ("dark", 360)):
        context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})
        opened, messages, requests = context.new_page(), [], []
        opened.on("console", lambda message: messages.append(message.text))  # noqa: B023
        opened.on("pageerror", lambda error: messages.append(str(error)))  # noqa: B023
        opened.on("request", lambda request: requests.append(request.url))  # noqa: B023
        opened.goto(file.as_uri())
        drawn = opened.eval_on_selector_all(".chart svg", "all => all.map(one => one.getBoundingClientRect().height)")
        assert len(drawn) >= 4
        assert min(drawn) > 40
        assert opened.evaluate("document.documentElement.scrollWidth") <= width
        too_wide = "all => all.filter(one => one.scrollWidth > one.clientWidth).map(one => one.ariaLabel)"
        assert opened.eval_on_selector_all(".wide", too_wide) == []
        left_out = opened.get_by_text("A wider screen also shows: Usual days, Days over and Half come by.")
        assert left_out.is_visible() == (width == 360)
        found = Axe().run(opened)
        assert [(one["id"], one["nodes"][0]["html"]) for one in found.response["violations"]] == []
        assert (messages, requests) == ([], [file.as_uri()])
        context.close()


def test_the_search_shows_the_series_that_are_wanted(browser: Any, file: Path) -> None:
    opened = browser.new_page()
    opened.goto(file.as_uri())
    opened.get_by_label("Find a series").fill("PRODUCT-0000")
    names = opened.locator(".search ~ .small li:visible b").all_inner_texts()
    assert names
    assert all("product-0000" in name for name in names)
    assert opened.locator(".search output").inner_text() == f"{len(names)} of 18"


def test_the_page_works_without_its_script(browser: Any, file: Path) -> None:
    opened = browser.new_context(java_script_enabled=False).new_page()
    opened.goto(file.as_uri())
    assert opened.locator(".small li:visible").count() >= 30
    assert opened.locator(".search:visible").count() == 0
