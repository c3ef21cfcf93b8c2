"""Text within markdown."""

from __future__ import annotations

import html

import pytest

from flows.markdown import plain_text

MARKUP = [
    "<script>alert(1)</script>",
    "a | b",
    "`code`",
    "*bold* __bold__ ~~gone~~",
    "[a](javascript:alert(1))",
    "![image](https://example.com/a.png)",
    "https://example.com www.example.com a@example.com",
    "# heading",
    "- item",
    "1. item",
    "=====",
    "&lt;script&gt;",
    "\\* $x$",
]


@pytest.mark.parametrize("text", MARKUP)
def test_a_text_is_shown_as_it_is_and_never_becomes_markup(text: str) -> None:
    shown = plain_text(text)
    assert html.unescape(shown) == text
    assert not set(shown) & set("<>|`*~[]!\\$@_")
    assert "://" not in shown
    assert not shown.startswith(("# ", "-", "1.", "="))


def test_a_text_stays_on_one_line() -> None:
    assert plain_text("a\n\n# b\r\n\x1bc") == "a &#35; b c"
    assert plain_text("next_visit brier_14") == "next_visit brier_14"
    assert plain_text("19.5 %, 2026-11-27 (sales)") == "19.5 %, 2026-11-27 (sales)"
