"""The report as one HTML file, which refers to nothing outside itself."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from flows.console.values import harmless_line
from flows.report.blocks import Multiples
from flows.report.compose import Report
from flows.report.sentences import MARKS


def page(report: Report) -> str:
    """The page as text."""
    css, script = text_of("report.css"), text_of("report.js")
    return str(
        environment()
        .from_string(text_of("report.html"))
        .render(
            report=report,
            css=css,
            js=script,
            policy=_policy(css, script),
            marks={mark: text.capitalize() + ":" for mark, text in MARKS.items()},
            has_search=any(
                isinstance(block, Multiples) and block.is_searched for p in report.parts for block in p.blocks
            ),
        )
    )


def _policy(css: str, script: str) -> str:
    """A Content-Security-Policy: this style and this script alone, no request, no frame of others, no form."""
    return (
        f"default-src 'none'; style-src 'sha256-{_digest(css)}'; script-src 'sha256-{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def text_of(template: str) -> str:
    """A file beside this module."""
    return (files("flows.report") / "templates" / template).read_text(encoding="utf-8")


@cache
def environment() -> Any:
    """The environment of all templates: every value is escaped and harmless, and a missing one is an error."""
    import jinja2
    from markupsafe import Markup

    def finalize(value: Any) -> Any:
        return harmless_line(value) if type(value) is str else value  # and not text that is marked as HTML

    made = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=finalize
    )
    made.filters["raw"] = Markup
    return made
