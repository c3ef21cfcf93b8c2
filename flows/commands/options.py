"""Options that several subcommands share."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from nightcast.values import Product

Command = TypeVar("Command", bound=Callable[..., Any])


def config_option(command: Command) -> Command:
    """``--config``: the settings file."""
    return click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Settings file; else $NIGHTCAST_CONFIG, else nightcast.toml in this folder.",
    )(command)


PRODUCT = click.Choice([product.value for product in Product])
"""The name of a product."""


def products_option(command: Command) -> Command:
    """``--product``, as the argument `products`."""
    return click.option(
        "--product", "products", type=PRODUCT, multiple=True, help="Only this product; may be repeated."
    )(command)


def retrain_option(text: str) -> Callable[[Command], Command]:
    """``--retrain``, with its help."""
    choice = click.Choice(["auto", "always", "never"])
    return click.option("--retrain", type=choice, default="auto", show_default=True, help=text)


def listing_options(command: Command) -> Command:
    """``--json``, ``--csv`` and ``--table``: the form of a listing, as the argument `form`."""
    as_json = click.option("--json", "form", flag_value="json", help="Print one JSON document.")
    as_csv = click.option("--csv", "form", flag_value="csv", help="Print CSV.")
    table = click.option(
        "--table", "form", flag_value="table", default="table", help="Print a table for people (default)."
    )
    return as_json(as_csv(table(command)))


def log_format_option(command: Command) -> Command:
    """``--log-format``: the form of the log on stderr, as the argument `log_format`."""
    choice = click.Choice(["text", "json"])
    return click.option(
        "--log-format",
        type=choice,
        default="text",
        show_default=True,
        help="Log to stderr as lines for people, or as one JSON object per line.",
    )(command)


class DateParameter(click.ParamType[datetime.date]):
    """A date, as YYYY-MM-DD."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime.date:
        """The date that the text stands for."""
        try:
            return datetime.date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a date; write it as YYYY-MM-DD.", param, ctx)


class DateRangeParameter(click.ParamType[list[datetime.date]]):
    """A date D, or a range D..D of dates, as the list of its dates."""

    name = "date or date..date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[datetime.date]:
        """The dates from the first to the last, both included."""
        if isinstance(value, list):
            return value
        first, dots, last = str(value).partition("..")
        dates = [DateParameter().convert(part, param, ctx) for part in ([first, last] if dots else [first])]
        days = (dates[-1] - dates[0]).days
        if days < 0:
            self.fail(f"{value!r} ends before it starts.", param, ctx)
        return [dates[0] + datetime.timedelta(days=day) for day in range(days + 1)]


VERBOSE, DEBUG = "NIGHTCAST_VERBOSE", "NIGHTCAST_DEBUG"
"""Variables that stand for ``--verbose`` and ``--debug`` in this process and in those that it starts."""


def is_verbose() -> bool:
    """Whether ``--verbose`` or ``--debug`` was given: messages of libraries are shown."""
    return bool(os.environ.get(VERBOSE)) or is_debug()


def is_debug() -> bool:
    """Whether ``--debug`` was given: errors come with their traceback."""
    return bool(os.environ.get(DEBUG))
