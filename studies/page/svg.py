"""The style of charts, and Matplotlib's figures as SVG for a page in light or dark colours or in print.

Colours are names in the page's style sheet (`--ink`, `--faint`, `--mark`, `--c1` to `--c8`), so that charts follow the
page's colours; text stays text. The same figure always gives the same SVG, which refers to nothing outside itself.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 6.0
"""Width of every chart in inches; the page scales it to the width of its column."""

INK, FAINT, MARK = "#010203", "#010204", "#010205"
COLOURS = tuple(f"#0102{place:02x}" for place in range(0x11, 0x19))
"""Placeholders that occur nowhere else; names replace them in the SVG."""

NAMES = {INK: "ink", FAINT: "faint", MARK: "mark"} | {colour: f"c{n}" for n, colour in enumerate(COLOURS, 1)}
"""The name of each placeholder in the page's style sheet."""

DASHES = ("", "5 2", "1.5 1.5")
"""Lines beyond the number of colours use the same colours again, dashed."""

STYLE: Any = {
    "font.size": 8.5,
    "axes.labelsize": 8.5,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "axes.formatter.useoffset": False,
    "axes.unicode_minus": True,
    "text.parse_math": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "nightcast",
}


@dataclass(frozen=True)
class Entry:
    """One line of a legend.

    Attributes:
        name: Name of the line, area or point.
        colour: A name in the page's style sheet, without its leading dashes.
        shape: Shape of the symbol.
        dashes: Lengths of dashes and gaps of a line; empty for a solid one.
    """

    name: str
    colour: str
    shape: Literal["line", "area", "dot", "diamond"] = "line"
    dashes: str = ""


def nth_entry(place: int, name: str, shape: Literal["line", "area"] = "line") -> Entry:
    """The legend entry of one of several lines or areas in a chart, counted from 0."""
    turn, colour = divmod(place, len(COLOURS))
    return Entry(name, NAMES[COLOURS[colour]], shape, DASHES[turn % len(DASHES)])


@contextmanager
def panel(height: float) -> Iterator[tuple[Figure, Axes]]:
    """A figure of a height in inches and its axes, in the style of all charts."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE), warnings.catch_warnings():
        # Text is measured with Matplotlib's own font, and shown with the reader's, which has more glyphs.
        warnings.filterwarnings("ignore", message="(?s).*Glyph .* missing from font")
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        axes = figure.subplots()
        axes.grid(color=FAINT, alpha=0.25, linewidth=0.5)
        axes.set_axisbelow(True)
        yield figure, axes


def to_svg(figure: Figure, prefix: str) -> str:
    """A figure of `panel`, inside its context, as an `<svg>` element whose identifiers have a prefix."""
    with StringIO() as written:
        figure.savefig(written, format="svg", metadata={"Date": None})
        text = written.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>|<style .*?</style>| xmlns(:xlink)?=\"[^\"]*\"", "", text, flags=re.DOTALL)
    text = re.sub(r"(\bid=\"|url\(#|href=\"#)", rf"\g<1>{prefix}-", text)
    text = re.sub("|".join(NAMES), lambda placeholder: f"var(--{NAMES[placeholder[0]]})", text)
    return (
        re.sub(r" width=\"[^\"]*\"| height=\"[^\"]*\"", "", text[: text.index(">")]) + text[text.index(">") :].strip()
    )
