"""The page for programs is that of the program, and begins as such pages do."""

from __future__ import annotations

import re

import yaml  # type: ignore[import-untyped]

from tests.documents.__main__ import DOCUMENTS
from tests.documents.skill_page import skill_page

PAGE = DOCUMENTS / "SKILL.md"
MOST_CHARACTERS = 1024
"""Of a description, which programs keep in mind."""


def test_the_document_is_that_of_the_program() -> None:
    assert PAGE.read_text(encoding="utf-8") == skill_page(), "run `python -m tests.documents`"


def test_it_begins_with_a_name_and_a_description() -> None:
    found = re.match(r"---\n(.*?)\n---\n\n# ", skill_page(), re.DOTALL)
    assert found is not None
    known = yaml.safe_load(found[1])
    assert known.keys() == {"name", "description"}
    assert re.fullmatch("[a-z-]+", known["name"])
    assert len(known["description"]) <= MOST_CHARACTERS
