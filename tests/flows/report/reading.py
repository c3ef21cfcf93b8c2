"""The page as a program reads it."""

from __future__ import annotations

import base64
import csv
import io
from html.parser import HTMLParser

VOID = {"meta", "br", "input", "link", "img", "hr"}


class Page(HTMLParser):
    """The texts, the tables, the CSV files and the tags of a page.

    Attributes:
        text: all text.
        tables: the cells of each table by its caption, the headings first.
        files: the rows of each CSV by its name, the headings first.
        tags: the name and the attributes of every tag, in order.
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self._caption = "", ""
        self.tables: dict[str, list[list[str]]] = {}
        self.files: dict[str, list[list[str]]] = {}
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append((tag, given))
        if tag not in VOID:
            self._open.append(tag)
        if tag == "a" and "download" in given:
            encoded = str(given["href"]).partition("base64,")[2]
            text = base64.b64decode(encoded).decode("utf-8")
            self.files[str(given["download"])] = list(csv.reader(io.StringIO(text)))
        if tag == "div" and given.get("class") == "wide":
            self._caption = str(given["aria-label"])
            self.tables[self._caption] = []
        if tag == "tr":
            self.tables[self._caption].append([])
        if tag in ("th", "td"):
            self.tables[self._caption][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.text += data
        if "th" in self._open or "td" in self._open:
            self.tables[self._caption][-1][-1] += data
