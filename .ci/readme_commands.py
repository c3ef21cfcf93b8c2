"""Runs what the README shows: every line that starts with ``$`` in a console block, in order, in one empty folder.

Lines with ``make`` are left out: they are run in the repository itself, by ``.ci/run``. A command has to leave with
exit code 0, and each line of the output that the README shows has to be printed, where it has no figure in it:
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

BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of the README with the lines that are shown below it."""
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
    """Run one command, and say what is not as the README has it."""
    print(f"$ {command}", flush=True)
    path = f"{Path('.venv/bin').absolute()}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PREFECT_HOME": str(Path(".prefect").absolute())}
    done = subprocess.run(  # noqa: S602 the README is ours
        command, shell=True, cwd=folder, env=environment, text=True, capture_output=True, check=False
    )
    printed = [" ".join(line.split()) for line in (done.stdout + done.stderr).splitlines()]
    missing = [line for line in expected(shown) if line not in printed]
    if done.returncode or missing:
        print(done.stdout, done.stderr, f"exit code {done.returncode}", *(f"not printed: {line}" for line in missing))
    return not (done.returncode or missing)


def main(readme: Path) -> int:
    """Run all of them; 1 when one differs."""
    listed = [(command, shown) for command, shown in commands(readme.read_text()) if not command.startswith("make ")]
    with tempfile.TemporaryDirectory() as folder:
        good = [run(command, shown, folder) for command, shown in listed]
    print(f"{sum(good)} of {len(good)} commands of {readme} do what it says")
    return 0 if good and all(good) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
