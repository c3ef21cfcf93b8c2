"""Values as people and programs get them; nothing from a source may steer a terminal or run in a spreadsheet."""

from __future__ import annotations

import datetime
import json
import math
import re
from typing import Any

Row = dict[str, Any]

NOTHING = "-"
"""A value that is not known, in a table."""

# All but tab and line feed, which terminals only show: control characters, and marks that turn the direction of text.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LINE_CONTROLS = re.compile(f"[\t\n]|{_CONTROLS.pattern}")

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001


def harmless(text: str) -> str:
    r"""A text whose control characters are escaped, such as ``\x1b``; tabs and line feeds stay."""
    return _CONTROLS.sub(_escaped, text)


def harmless_line(text: str) -> str:
    """The same on one line: tabs and line feeds are escaped, too."""
    return _LINE_CONTROLS.sub(_escaped, text)


def harmless_json(document: str) -> str:
    """A JSON document in which every control character within a text is a JSON escape: its values stay the same."""
    return _CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}", document)


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


def plain(value: Any) -> Any:
    """A value for JSON: numbers, true and false stay, dates and times become ISO 8601, and NaN becomes null."""
    if isinstance(value, dict):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def cell(value: Any) -> Any:
    """A value for CSV: true and false as words, nested values as JSON, and no text that a spreadsheet would run.

    A text that begins like a formula gets an apostrophe before it; numbers stay as they are.
    """
    value = plain(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if not isinstance(value, str):
        return value
    text = harmless(value)
    return f"'{text}" if value.startswith(_FORMULA_STARTS) else text


def shown(value: Any) -> str:
    """A value for people."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, float):
        return _rounded(value)
    if isinstance(value, dict | list):
        return harmless(json.dumps(plain(value), ensure_ascii=False))
    return f"{value:,}" if isinstance(value, int) else harmless(str(value))


def _rounded(value: float) -> str:
    """A number with as many digits as are useful of a forecast."""
    if not math.isfinite(value):
        return NOTHING
    if abs(value) >= 1000 or value.is_integer():
        return f"{value:,.0f}"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"
