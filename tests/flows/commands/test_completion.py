"""Completion in a real shell: what bash would offer."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BASH = shutil.which("bash")
pytestmark = pytest.mark.skipif(BASH is None, reason="there is no bash")

PROGRAM = """#!{python}
from flows.command_line import main
main()
"""

COMPLETE = """
eval "$(nightcast completion bash)"
COMP_WORDS=({words}) COMP_CWORD={position}
_nightcast_completion nightcast 2>/dev/null
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
"""What bash does when the tabulator is pressed, as its manual describes it."""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which the command is found by its name."""
    folder = tmp_path_factory.mktemp("bin")
    program = folder / "nightcast"
    program.write_text(PROGRAM.format(python=sys.executable), encoding="utf-8")
    program.chmod(0o755)
    return os.environ | {"PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": str(Path(__file__).parents[3])}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["nightcast", "wi"], {"withdraw"}),
        (["nightcast", "show", "next"], {"next-visit"}),
        (["nightcast", "run", "--pro"], {"--product"}),
        (["nightcast", "run", "--product", "s"], {"sales"}),
        (["nightcast", "run", "--retrain", ""], {"auto", "always", "never"}),
        (["nightcast", "load", "visits", "--customer"], {"--customer-id"}),
        (["nightcast", "models", "pro"], {"promote"}),
        (["nightcast", "--de"], {"--debug"}),
    ],
)
def test_bash_offers_what_fits(environment: dict[str, str], words: list[str], expected: set[str]) -> None:
    quoted = " ".join(f'"{word}"' for word in words)
    script = COMPLETE.format(words=quoted, position=len(words) - 1)
    done = subprocess.run([str(BASH), "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == expected, done.stderr


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_have_a_script_of_their_own(environment: dict[str, str], shell: str) -> None:
    done = subprocess.run(["nightcast", "completion", shell], env=environment, capture_output=True, text=True)
    assert done.returncode == 0
    assert f"_NIGHTCAST_COMPLETE={shell}_complete" in done.stdout
    interpreter = shutil.which(shell)
    if interpreter is not None:
        subprocess.run([interpreter, "-n"], input=done.stdout, text=True, check=True)


def test_completing_a_command_loads_no_command(environment: dict[str, str]) -> None:
    script = (
        "import sys\nfrom flows.command_line import nightcast\n"
        "try:\n    nightcast.main([], prog_name='nightcast')\n"
        "except SystemExit:\n    print([name for name in sys.modules if name.startswith('flows.commands.')])"
    )
    variables = {"_NIGHTCAST_COMPLETE": "bash_complete", "COMP_WORDS": "nightcast ru", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment | variables, capture_output=True, text=True, check=True
    )
    offered, modules = done.stdout.strip().split("\n")
    assert offered == "plain,run"
    assert modules == "['flows.commands.options']"
