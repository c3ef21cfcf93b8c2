"""The files for other programs are those that the comments and the questions give."""

from __future__ import annotations

from tests.deployments.generated import generated_files


def test_nothing_generated_differs() -> None:
    files = generated_files()
    stale = [path.name for path, text in files.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    assert stale == [], "run `python -m tests.documents`"
    left = {path for made in files if made.suffix == ".sql" for path in made.parent.glob("*.sql")} - files.keys()
    assert left == set()
