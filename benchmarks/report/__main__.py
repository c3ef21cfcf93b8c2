"""Measure the report: seconds to write and to open, bytes, and what axe finds, small and with a million customers.

    python -m benchmarks.report [--customers N] [--series N] [--folder FOLDER]

Both shops are made up on SQLite in bulk, and kept in the folder for the next call. The seconds of writing are those
inside the process; those of the whole process, with the start of Python and its imports, are shown beside them.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from benchmarks.figures import Figure, Goal, table
from benchmarks.report.shop import Size, fill
from sql.connection.read_only import read_only
from sql.engine import Database, open_database
from sql.schema import migrate
from sql.settings import DatabaseSettings

SMALL = Size(1_500, 40)
REPEATS = 5
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--series", type=int, default=30_000)
    parser.add_argument("--folder", type=Path, help="where the databases are kept; else in a temporary folder")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.write is not None:
        _write(given.write)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        figures = []
        for name, size in (("small", SMALL), ("large", Size(given.customers, given.series))):
            figures += _measured(name, _shop(folder / name, size))
    print(table(figures, "report"))
    for figure in figures:
        print(figure.line)


def _shop(folder: Path, size: Size) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{size.customers}-{size.series}.db"
    if not path.exists():
        unfinished = path.with_suffix(".part")
        unfinished.unlink(missing_ok=True)
        database = _database(unfinished)
        migrate(database)
        fill(database, size)
        database.engine.dispose()
        unfinished.rename(path)
    return path


def _database(path: Path) -> Database:
    return open_database(DatabaseSettings(url=SecretStr(f"sqlite:///{path}")))


def _measured(name: str, path: Path) -> list[Figure]:
    """The figures of one shop: the best of some processes, since other work on a machine only ever adds."""
    whole, inside = [], []
    for _ in range(REPEATS):
        begin = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.report", "--write", str(path)],
            check=True,
            capture_output=True,
            text=True,
        )
        whole.append(time.perf_counter() - begin)
        inside.append(float(done.stdout))
    page = path.with_suffix(".html")
    opened, violations = _opened(page)
    return [
        Figure(f"report_seconds_{name}", min(inside), Goal("<=", 1.0)),
        Figure(f"report_process_seconds_{name}", min(whole)),
        Figure(f"report_bytes_{name}", page.stat().st_size, Goal("<=", 2_000_000)),
        Figure(f"report_open_seconds_{name}", opened, Goal("<=", 2.0)),
        Figure(f"report_accessibility_findings_{name}", violations, Goal("<=", 0)),
    ]


def _write(path: Path) -> None:
    """Write the page, and print the seconds without the imports, as `nightcast report` does it."""
    from flows.report.charts.painter import Painter

    with Painter() as painter:
        from flows.report.compose import compose
        from flows.report.page import page
        from nightcast.files import write_whole

        database = read_only(_database(path))
        begin = time.perf_counter()
        write_whole(path.with_suffix(".html"), page(compose(database, "UTC", painter)))
        print(time.perf_counter() - begin)


def _opened(page: Path) -> tuple[float, int]:
    """The seconds until Chromium has loaded and painted the page, and what axe finds in light and in dark."""
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    seconds, violations = [], 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for scheme in ("light", "dark"):
            opened: Any = browser.new_context(color_scheme=scheme).new_page()
            begin = time.perf_counter()
            opened.goto(page.as_uri())
            opened.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            seconds.append(time.perf_counter() - begin)
            violations += Axe().run(opened).violations_count
        browser.close()
    return min(seconds), violations


if __name__ == "__main__":
    main()
