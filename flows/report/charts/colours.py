"""The colours of drawings that stand alone, where no style sheet gives them."""

from __future__ import annotations

import re
from collections.abc import Mapping

LIGHT = {"ink": "#1f2328", "faint": "#5c636b", "rule": "#deded6", "c1": "#1f5f9f", "c2": "#b3561a", "paper": "#fcfcfa"}
"""Those of the page in the light, by their names in its style sheet."""

_NAME = re.compile(r"var\(--([a-z0-9]+)\)")


def in_colours(svg: str, colours: Mapping[str, str]) -> str:
    """A drawing in which each name of a colour is that colour."""
    return _NAME.sub(lambda match: colours[match[1]], svg)
