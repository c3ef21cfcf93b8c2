"""Each kind of study has the same modules, under the same names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import studies
from studies.kinds import KINDS

FOLDER = Path(studies.__file__).parent
NAMES = re.findall(r"^- `(\w+)`:", studies.__doc__ or "", re.MULTILINE)
"""The modules of a kind, as the docstring of the package lists them."""

NEEDED = {"settings", "sources", "data", "windows", "training", "repeats", "measure", "experiment", "charts", "notes"}
"""Those that every kind has."""


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_kind_has_the_listed_modules_and_no_other(kind: str) -> None:
    modules = {path.stem for path in (FOLDER / kind).glob("*.py")} - {"__init__"}
    assert modules >= NEEDED
    assert modules <= set(NAMES)


def test_every_listed_module_exists_somewhere() -> None:
    assert {name for name in NAMES if any((FOLDER / kind / f"{name}.py").exists() for kind in KINDS)} == set(NAMES)


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_module_imports_only_from_those_above_it_in_the_list(kind: str) -> None:
    for path in (FOLDER / kind).glob("[a-z]*.py"):
        text = path.read_text(encoding="utf-8")
        for name in re.findall(rf"^from studies\.{kind}\.(\w+) import", text, re.MULTILINE):
            assert NAMES.index(name) < NAMES.index(path.stem), f"{path} imports {name}"
