"""The site of the documentation: it builds without a warning, needs no network, and its pictures are the program's."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents.pictures.__main__ import FOLDER, PICTURES
from tests.documents.pictures.style import svg

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_page_of_the_documentation_is_in_the_navigation(site: Path) -> None:
    listed = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = {path.name for path in (ROOT / "docs").glob("*.md")}
    assert {page for page in pages if f" {page}\n" not in listed} == set()
    assert {page for page in pages if not (site / page.replace(".md", ".html")).is_file()} == set()


def test_files_beside_the_documentation_are_on_the_site(site: Path) -> None:
    assert "GRANT" in (site / "repository/deployments/roles.sql").read_text(encoding="utf-8")
    assert 'href="repository/deployments/roles.sql"' in (site / "start.html").read_text(encoding="utf-8")
    assert 'href="../architecture.html"' in (site / "repository/CONTRIBUTING.html").read_text(encoding="utf-8")


def test_a_page_fetches_nothing_from_elsewhere(site: Path) -> None:
    loaded = re.compile(r'<(?:script|img|iframe|link rel="stylesheet")[^>]*(?:src|href)="(?:https?:)?//')
    assert [page.name for page in site.rglob("*.html") if loaded.search(page.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_the_program_draws(name: str) -> None:
    assert (FOLDER / f"{name}.svg").read_text(encoding="utf-8") == svg(PICTURES[name]()), "run `make documents`"


def test_every_picture_is_shown_and_described() -> None:
    shown = dict(
        re.findall(r"!\[([^\]]+)\]\(pictures/([a-z-]+)\.svg\)", (ROOT / "docs/concepts.md").read_text("utf-8"))
    )
    assert {*shown.values()} == {*PICTURES} == {path.stem for path in FOLDER.glob("*.svg")}
