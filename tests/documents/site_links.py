"""A hook of MkDocs: pages of the site may link to files beside `docs/`, which then become part of it.

In the repository such a link is ``../CONTRIBUTING.md``; on the site the file is in the folder `repository`.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]
BESIDE = ("CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md", "deployments/roles.sql")
"""The files beside `docs/` that pages link to."""

FOLDER = "repository"
_LINK = re.compile(r"(?<=\]\()(?!https?:|#|mailto:)(?P<path>[^)#\s]+)")


def on_files(files: Files, config: Any) -> Files:
    """Add the files beside `docs/`."""
    for path in BESIDE:
        files.append(File.generated(config, f"{FOLDER}/{path}", abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Let links lead to where the files are on the site."""
    return _LINK.sub(lambda found: site_place(found["path"], page.file.src_uri), markdown)


def site_place(link: str, page: str) -> str:
    """Where a link of a page leads to on the site, relative to the page.

    Args:
        link: A relative path, as it is in the repository.
        page: The page's path on the site.
    """
    here = in_repository(page)
    target = normpath(str(PurePosixPath(here).parent / link))
    place = target.removeprefix("docs/") if target.startswith("docs/") else f"{FOLDER}/{target}"
    return relpath(place, str(PurePosixPath(page).parent))


def in_repository(page: str) -> str:
    """Where a page of the site is in the repository."""
    return page.removeprefix(f"{FOLDER}/") if page.startswith(f"{FOLDER}/") else f"docs/{page}"
