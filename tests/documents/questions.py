"""The questions of `docs/sql.md`, for all files that ask them: the page is the one place with their queries."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sql.views.definitions import READERS_VIEWS

PAGE = Path(__file__).parents[2] / "docs" / "sql.md"

RESULT = re.compile(
    r"^## (?P<question>[^\n]+)\n(?P<remark>.*?)```sql\n(?P<query>.*?)```\n\n```text\n(?P<result>.*?)```\n"
    r"(?P<columns>(?:\n(?:- `[^\n]+\n)+)?)",
    re.M | re.S,
)
"""A question of the page, with its query, its result and what the columns of the result mean."""

_VALUE = re.compile(r"\b(?P<name>customer_id|series_id|from_date|from_period|as_of) = '(?P<value>(?!all')[^']*)'")
_VIEW = re.compile(r"\b(?:FROM|JOIN) (?P<view>[a-z_]+)")


@dataclass(frozen=True)
class Question:
    """A question of the page.

    Attributes:
        question: the question itself.
        remark: what the page says before the query; may be empty.
        query: in SQL, on views without a schema.
        result: the text of its answer.
    """

    question: str
    remark: str
    query: str
    result: str

    @property
    def name(self) -> str:
        """A name for files and addresses."""
        return "_".join(re.findall(r"[a-z0-9]+", self.question.lower()))

    @property
    def columns(self) -> list[str]:
        """The columns of the answer."""
        return self.result.partition("\n")[0].split()

    @property
    def views(self) -> list[str]:
        """The views that it reads."""
        return [found["view"] for found in _VIEW.finditer(self.query) if found["view"] in READERS_VIEWS]

    @property
    def values(self) -> dict[str, str]:
        """What a reader would ask for another of: a customer, a series, a date; by the name of the column."""
        return {found["name"]: found["value"] for found in _VALUE.finditer(self.query)}

    def asking(self, view: Callable[[str], str], value: Callable[[str, str], str]) -> str:
        """The query for another program.

        Args:
            view: how a view is named there.
            value: how a value is asked for there, from its name and the one on the page.
        """

        def named(found: re.Match[str]) -> str:
            return found[0].replace(found["view"], view(found["view"])) if found["view"] in READERS_VIEWS else found[0]

        def given(found: re.Match[str]) -> str:
            return f"{found['name']} = {value(found['name'], found['value'])}"

        return _VIEW.sub(named, _VALUE.sub(given, self.query)).strip()


def questions() -> list[Question]:
    """All of them, in the order of the page."""
    page = PAGE.read_text(encoding="utf-8")
    found = (one.groupdict() for one in RESULT.finditer(page))
    return [Question(one["question"], one["remark"].strip(), one["query"], one["result"]) for one in found]
