"""The folder that keeps the reports of all nights."""

from __future__ import annotations

import re
from pathlib import Path

from flows.report import words
from flows.report.compose import Report
from flows.report.page import environment, page, text_of
from nightcast.errors import InputError
from nightcast.files import write_whole

FILE_NAME = "nightcast-report.html"

_OF_NIGHT = re.compile(r"(\d{4}-\d\d-\d\d)\.html")


def keep(folder: Path, report: Report) -> Path:
    """Write the report into a folder, named by its as-of, and an index page of all reports there.

    Raises:
        InputError: if the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"The folder {folder} cannot be made: {error.strerror}.", "Correct [report] folder in the settings."
        ) from error
    path = folder / f"{report.as_of}.html"
    write_whole(path, page(report))
    write_whole(folder / "index.html", index(folder))
    return path


def index(folder: Path) -> str:
    """A page that links to every report in the folder, the newest first."""
    import datetime

    found = (_OF_NIGHT.fullmatch(path.name) for path in folder.iterdir())
    days = sorted((datetime.date.fromisoformat(match[1]) for match in found if match), reverse=True)
    nights = [(f"{day}.html", f"{day:%A}, {words.date(day)}") for day in days]
    template = environment().from_string(text_of("index.html"))
    return str(template.render(nights=nights, css=text_of("report.css")))
