"""The server: a tool for each question, and three to describe, to read and to add up."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from mcp.server.fastmcp import FastMCP
from mcp.server.fastmcp.exceptions import ToolError
from mcp.types import ToolAnnotations

from flows.mcp.guidance import INSTRUCTIONS
from flows.mcp.tools import Tools
from nightcast.errors import NightcastError
from sql.answers.ask import Answer
from sql.answers.questions import QUESTIONS, heading
from sql.answers.reading import Reading
from sql.answers.views import ReadersViews

READS = ToolAnnotations(readOnlyHint=True, destructiveHint=False, idempotentHint=True, openWorldHint=False)


def server_of(views: ReadersViews, port: int = 0) -> FastMCP:
    """The server of a database's views.

    Args:
        views: what it reads.
        port: where it listens on this machine alone, if it is asked to listen.
    """
    server = FastMCP("nightcast", INSTRUCTIONS, host="127.0.0.1", port=port, log_level="WARNING", stateless_http=True)
    tools = Tools(views)
    for question in QUESTIONS:
        _add(server, _answering(question, tools), heading(question))
    for tool in (tools.describe, tools.read_view, tools.total_of_view):
        _add(server, tool)
    return server


def _add(server: FastMCP, tool: Callable[..., Any], title: str | None = None) -> None:
    description = inspect.cleandoc(tool.__doc__ or "").partition("\n\nArgs:")[0]
    server.add_tool(_refusing(tool), title=title, description=description, annotations=READS)


def _answering(question: Callable[..., Reading], tools: Tools) -> Callable[..., Answer]:
    """A question as a tool with the same parameters."""

    @functools.wraps(question)
    def answer(**parameters: Any) -> Answer:
        return tools.answer(question(**parameters))

    signature = inspect.signature(question, eval_str=True)
    answer.__signature__ = signature.replace(return_annotation=Answer)  # type: ignore[attr-defined]
    return answer


def _refusing(tool: Callable[..., Any]) -> Callable[..., Any]:
    """A tool whose errors say what is wrong and how to mend it, and nothing that a driver or a library says."""

    @functools.wraps(tool)
    def refusing(**parameters: Any) -> Any:
        try:
            return tool(**parameters)
        except NightcastError as error:
            raise ToolError(str(error)) from None
        except Exception as error:
            raise ToolError(f"Unexpected error: {type(error).__name__}.") from None

    refusing.__signature__ = getattr(tool, "__signature__", None) or inspect.signature(tool, eval_str=True)  # type: ignore[attr-defined]
    return refusing
