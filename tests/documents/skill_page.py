"""`docs/SKILL.md`, made from the rules for programs, the ten questions, their queries, and the views."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable

from flows.mcp.guidance import RULES
from sql.answers.questions import QUESTIONS, heading
from sql.answers.reading import Reading
from sql.dictionary.descriptions import row_of
from sql.views.definitions import READERS_VIEWS
from tests.documents.questions import questions

BEGINNING = """---
name: nightcast
description: Answer questions from the forecasts of Nightcast (customers' next visits, visits per day, sales) with SQL
  on its views. Use it when somebody asks who will come back and when, whom to remind, how many visits to expect, what
  will be sold, what a customer is worth, or whether such a forecast can be trusted.
---

# Answering questions from Nightcast's forecasts

Nightcast forecasts each night, and publishes in one transaction what readers see: the views `latest_*` (rows of the
newest forecast) and `rpt_*` (reports). They are read

- with SQL: on PostgreSQL in the schema `nightcast` (`SET search_path TO nightcast`), elsewhere under plain names,
- with `nightcast mcp`, a server of the Model Context Protocol that has a tool for each question below, and `describe`,
  `read_view` and `total_of_view`,
- with `nightcast show next-visit --json` and its like, where the command is at hand.

## How to answer

1. Ask `rpt_freshness`: which as-of the forecasts are from, and whether the newest night was published. If it is old,
   say so.
2. Ask `rpt_trust`, and pass on its sentence and its mark.
3. Take the query of the question that is nearest, and change its names and dates. `rpt_dictionary` says what columns
   mean.
4. Give numbers with their band or probability, and with the as-of.

## Rules

"""

END = """
## The views

The columns are in [tables.md](tables.md), and in the view `rpt_dictionary`.

| view | rows |
|---|---|
"""

WORDS = """
A customer's `state` is `new`, `regular`, `due`, `overdue`, `lapsing` or `lost`. A *bin* is a range of days counted from
the as-of, which is day 1. A *step* is a period counted from the as-of. The [glossary](glossary.md) has more words.

This page is made from the program by `python -m tests.documents`.
"""

WIDTH = 120


def skill_page() -> str:
    """The text of the page."""
    rules = "".join(_wrapped(f"- {rule}", "  ") for rule in RULES)
    queries = {one.question: one.query for one in questions()}
    chapters = "".join(_chapter(question, queries[heading(question)]) for question in QUESTIONS)
    views = "".join(f"| `{view}` | {row_of(view)} |\n" for view in READERS_VIEWS)
    return f"{BEGINNING}{rules}\n## Ten questions\n{chapters}{END}{views}{WORDS}"


def _chapter(question: Callable[..., Reading], query: str) -> str:
    explanation = " ".join(inspect.cleandoc(question.__doc__ or "").partition("\n\n")[2].split())
    text = _wrapped(f"{explanation} With `nightcast mcp`: `{question.__name__}`.")
    return f"\n### {heading(question)}\n\n{text}\n```sql\n{query}```\n"


def _wrapped(text: str, indent: str = "") -> str:
    wrapped = textwrap.wrap(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return "\n".join(wrapped) + "\n"
