"""Runs what documents show: every line that starts with ``$`` in a console block, in order, in one empty folder.

Lines with ``make`` are left out: they are run in the repository itself, by ``.ci/run``. A command has to leave with
exit code 0, and each line of the output that is shown has to be printed, where it has no figure in it:
figures and dates change from day to day.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

WIDTH = 110
"""Columns of the terminal that documents show."""

BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a document with the lines that are shown below it."""
    for block in BLOCK.findall(text):
        parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
        for part in parts:
            command, *shown = part.rstrip().split("\n")
            while command.endswith("\\"):
                command = f"{command[:-1]}{shown.pop(0).strip()}"
            yield command, shown


def expected(shown: list[str]) -> Iterator[str]:
    """The shown lines that have to come again: without figures, and not cut short by an ellipsis."""
    for line in shown:
        if line.strip() and not re.search(r"\d|\.\.\.|─", line):
            yield " ".join(line.split())


def run(command: str, shown: list[str], folder: str) -> bool:
    """Run one command, and say what is not as the document has it."""
    print(f"$ {command}", flush=True)
    path = f"{Path('.venv/bin').absolute()}:{os.environ['PATH']}"
    prefect = str(Path(".prefect").absolute())
    environment = {**os.environ, "PATH": path, "PREFECT_HOME": prefect, "COLUMNS": str(WIDTH)}
    done = subprocess.run(  # noqa: S602 the documents are ours
        command, shell=True, cwd=folder, env=environment, text=True, capture_output=True, check=False
    )
    printed = [" ".join(line.split()) for line in (done.stdout + done.stderr).splitlines()]
    missing = [line for line in expected(shown) if line not in printed]
    if done.returncode or missing:
        print(done.stdout, done.stderr, f"exit code {done.returncode}", *(f"not printed: {line}" for line in missing))
    return not (done.returncode or missing)


def main(document: Path) -> bool:
    """Run all commands of a document; whether they do what it says."""
    listed = [(command, shown) for command, shown in commands(document.read_text()) if not command.startswith("make ")]
    with tempfile.TemporaryDirectory() as folder:
        good = [run(command, shown, folder) for command, shown in listed]
    print(f"{sum(good)} of {len(good)} commands of {document} do what it says")
    return bool(good) and all(good)


if __name__ == "__main__":
    sys.exit(not all(list(map(main, map(Path, sys.argv[1:])))))
