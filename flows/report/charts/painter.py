"""Draws Vega-Lite as SVG in a process of its own.

The first drawing takes most of a second, in which the library lets no other thread of its process run: a process of its
own begins while the database is read, and draws on another core.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from nightcast.errors import NightcastError

WORKER = Path(__file__).with_name("worker.py")
SECONDS = 120.0
"""How long all drawings may take, on a busy machine."""

_ATTRIBUTES = re.compile(r' (?:xmlns(?::xlink)?|version|class|aria-[a-z]+|role|pointer-events)="[^"]*"')
_SIZE = re.compile(r'^<svg width="[^"]*" height="[^"]*"')
_EMPTY = re.compile(r'<path d="M0,0h0v0h0Z"/>|<g><g/></g>')


class Painter:
    """A process that draws, and that is ready once it is needed; a context manager, which ends it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this program itself
            [sys.executable, "-P", str(WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __enter__(self) -> Painter:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def draw(self, specs: Sequence[dict[str, Any]]) -> list[str]:
        """The charts as ``<svg>`` elements; once for each process.

        Raises:
            NightcastError: if they cannot be drawn.
        """
        lines = "".join(f"{json.dumps(spec, allow_nan=False)}\n" for spec in specs)
        try:
            written, errors = self._process.communicate(lines, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            raise _failed(f"they took more than {SECONDS:.0f} seconds") from None
        drawn = written.splitlines()
        if self._process.returncode != 0 or len(drawn) != len(specs):
            raise _failed(errors.strip().rpartition("\n")[2] or f"exit code {self._process.returncode}")
        return [compact(json.loads(line)) for line in drawn]


def compact(svg: str) -> str:
    """A drawing for a page: as wide as its place there, hidden from screen readers, which have its description."""
    svg = _EMPTY.sub("", _ATTRIBUTES.sub("", svg))
    return _SIZE.sub("<svg", svg, count=1).replace("<svg", '<svg aria-hidden="true" focusable="false"', 1)


def _failed(why: str) -> NightcastError:
    return NightcastError(
        f"The charts of the report could not be drawn: {why}.", "Install the locked packages again, with `make`."
    )
