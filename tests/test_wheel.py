"""The wheel holds the program and all that it reads, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]
STOREYS = ("nightcast", "sql", "models", "studies", "tasks", "flows")


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in the wheel."""
    folder = tmp_path_factory.mktemp("dist")
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check", "--quiet")
    command = [sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", str(folder), str(HOUSE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("nightcast-*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def test_every_file_of_the_storeys_is_in_the_wheel(packed: set[str]) -> None:
    files = {
        str(path.relative_to(HOUSE))
        for storey in STOREYS
        for path in (HOUSE / storey).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {"flows/nightcast.toml", "nightcast/py.typed", "sql/views/rpt_trust.sql"} <= files
    assert any(name.startswith("sql/migrations/versions/") for name in files)
    assert files - packed == set()


def test_nothing_else_is_in_the_wheel(packed: set[str]) -> None:
    others = {name for name in packed if name.partition("/")[0] not in STOREYS}
    assert [name for name in others if ".dist-info/" not in name] == []
    assert any(name.endswith("entry_points.txt") for name in others)
