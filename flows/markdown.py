"""Text within markdown: nothing from a source, a setting or an error may become markup."""

from __future__ import annotations

import re

# Signs of markdown and HTML, and what makes a link of a bare address.
_MARKUP = re.compile(
    r"[\\`*{}\[\]<>#|~&@!$]|(?<![^\W_])_|_(?![^\W_])|:(?=//)|(?<=www)\.",  # an underscore within a word is none
    re.IGNORECASE,
)
_SPACES = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_BLOCK_START = re.compile(r"^(\d*)([-+=.)])(?=[\s=-]|$)")


def plain_text(text: str) -> str:
    """A text as one line of markdown that shows exactly this text.

    Signs become character references, which markdown never takes for markup.
    """
    line = _MARKUP.sub(_reference, _SPACES.sub(" ", text).strip())
    return _BLOCK_START.sub(lambda match: match[1] + _reference(match[2]), line)


def _reference(sign: re.Match[str] | str) -> str:
    return f"&#{ord(sign if isinstance(sign, str) else sign[0])};"
