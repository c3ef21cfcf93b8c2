"""The report as a message (RFC 5322) for a mailer to send: plain text, and HTML with pictures in the message itself."""

from __future__ import annotations

import datetime
import re
import textwrap
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import Any

from flows.console.values import harmless
from flows.report.blocks import Figure, Part, Table
from flows.report.charts.colours import LIGHT, in_colours
from flows.report.compose import Report
from flows.report.page import environment, text_of

PARTS = {"due", "lapsing", "visits", "sales"}
"""The sections that a message has; the page has all."""

MOST_PICTURES = 4

COLUMNS = 72
"""How wide plain text is."""


def message(report: Report) -> bytes:
    """The message; whom it is from and for is left to the mailer."""
    parts = [part for part in report.parts if part.key in PARTS]
    pictures = [block for part in parts for block in part.blocks if isinstance(block, Figure)][:MOST_PICTURES]
    places = [make_msgid(domain="nightcast.invalid") for _ in pictures]
    written = EmailMessage(policy=SMTP)
    written["Subject"] = f"Nightcast: {_spaced(report.title)}"
    written["Date"] = format_datetime(datetime.datetime.now(datetime.UTC))
    written.set_content(_spaced(harmless(_plain(report, parts))))
    addresses = {picture.title: place[1:-1] for picture, place in zip(pictures, places, strict=True)}
    written.add_alternative(_html(report, parts, addresses), subtype="html")
    body: Any = written.get_payload()[1]  # type: ignore[index]
    for picture, place in zip(pictures, places, strict=True):
        body.add_related(png(picture.svg), "image", "png", cid=place, filename=f"{picture.data.file}.png")
    return written.as_bytes()


def png(svg: str) -> bytes:
    """A drawing as PNG on white, in light colours and twice as large, for sharp screens."""
    import vl_convert

    drawn = in_colours(svg, LIGHT).replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    opening = re.match(r"<svg[^>]*>", drawn)
    end = opening.end() if opening else 0
    return vl_convert.svg_to_png(f'{drawn[:end]}<rect width="100%" height="100%" fill="#fff"/>{drawn[end:]}', scale=2)


def _spaced(text: str) -> str:
    """A text without spaces that a mailer would have to encode."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


def _html(report: Report, parts: list[Part], addresses: dict[str, str]) -> str:
    template = environment().from_string(text_of("message.html"))
    return str(template.render(report=report, parts=parts, addresses=addresses, colours=LIGHT))


def _plain(report: Report, parts: list[Part]) -> str:
    lines = [report.title, report.about, ""]
    for one in report.sentences:
        lines += [_wrapped(f"{one.question}: {one.text}"), ""]
    for part in parts:
        lines += [part.title.upper(), _wrapped(part.lead), ""]
        for block in part.blocks:
            if isinstance(block, Table):
                lines += [block.caption, *_columns(block), ""]
    return "\n".join([*lines, report.made, ""])


def _wrapped(text: str) -> str:
    return textwrap.fill(_spaced(text), COLUMNS, break_long_words=False, break_on_hyphens=False)


def _columns(table: Table) -> list[str]:
    """A table in a font of equal widths; where it is too wide, without what a narrow screen leaves out either."""
    rows = [[column.title for column in table.columns], *table.lines]
    lines = _aligned(rows)
    if len(lines[0]) <= COLUMNS:
        return lines
    kept = [place for place, column in enumerate(table.columns) if not column.is_extra]
    return _aligned([[row[place] for place in kept] for row in rows])


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            [row[0].ljust(widths[0]), *(text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    ]
