"""The ``nightcast`` command: imports only the requested subcommand, and turns errors into messages and exit codes."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from flows.commands.options import DEBUG, VERBOSE, config_option, is_debug
from flows.console import Console
from flows.console.terminal_log import end_json
from nightcast import __version__
from nightcast.errors import NightcastError, suggestion

COMMANDS = {
    "init": "Propose the sources of a database, write a commented nightcast.toml, create the tables.",
    "load": "Load a CSV or Parquet file of visits, sales or covariates into a source table.",
    "run": "Run one night: read the sources, train or load models, forecast, publish.",
    "show": "Show what is in the tables: runs, next-visit, sales, accuracy, models, rejected.",
    "report": "Write the last published night as one HTML file with charts, or as a message.",
    "doctor": "Check settings, database, tables, sources, versions and the model store.",
    "check": "For monitors: a line per product, the age of forecasts and data; exit code 1 if one needs attention.",
    "serve": "Run nights on a schedule from this process; needs a Prefect server.",
    "work": "Take shards of the night under way, on any machine.",
    "mcp": "Let programs that answer questions read the views, by the Model Context Protocol.",
    "plan": "Show what the next night would do: rows to read, train or load and why, rows to write.",
    "backtest": "Evaluate every recipe and the baseline on past as-ofs.",
    "study": "Repeat an experiment: the spread of its scores, verdicts on its claims, an HTML page.",
    "models": "List the models; promote one, or roll back to an earlier one.",
    "tune": "Search for better settings of a product's network; resumes the last search.",
    "withdraw": "Take a published night out of the views; readers see the one before.",
    "prune": "Remove the rows of old runs, and models that are no longer needed.",
    "forget": "Remove a customer from all of Nightcast's tables, and list where traces remain.",
    "migrate": "Upgrade the tables to the revision that this program needs.",
    "completion": "Let bash, zsh or fish complete commands, options and names of products.",
    "demo": "Try Nightcast on a generated shop: an embedded database in this folder, one night.",
}
"""Every subcommand: the function `command` of a module in one of the folders of `flows.commands`."""

NIGHTS = {"backtest", "check", "demo", "mcp", "plan", "report", "run", "serve", "study", "tune", "work"}
"""The subcommands of `flows.commands.nights`."""

FIRST = {"completion", "init"}
"""The subcommands of `flows.commands.first`; all others are in `flows.commands.tables`."""


class LazyGroup(click.Group):
    """A group that imports a subcommand when it is called, so that ``--help`` is fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which a new user needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand, imported now."""
        if cmd_name not in COMMANDS:
            return None
        group = "nights" if cmd_name in NIGHTS else "first" if cmd_name in FIRST else "tables"
        command: click.Command = importlib.import_module(f"flows.commands.{group}.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The subcommand, as in click; the error about an unknown one names the nearest."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(f"There is no command {args[0]!r}.{suggestion(args[0], list(COMMANDS))}")
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The subcommands that begin so, without importing them."""
        names = [name for name in COMMANDS if name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*(CompletionItem(name, help=COMMANDS[name]) for name in names), *options]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="nightcast")
@config_option
@click.option("-v", "--verbose", is_flag=True, help="Show log messages of libraries.")
@click.option("--debug", is_flag=True, help="Show tracebacks of errors, and log messages of libraries.")
def nightcast(config: Path | None, verbose: bool, debug: bool) -> None:
    """Forecast customers' next visits, sales series and visits per day, every night, from SQL to SQL.

    \b
    Examples:
      nightcast demo                   the first time: a generated shop
      nightcast init                   your own project, in this folder
      nightcast run                    one night
      nightcast show next-visit        what it has found
    """
    if config is not None:
        os.environ["NIGHTCAST_CONFIG"] = str(config)
    if verbose:
        os.environ[VERBOSE] = "1"
    if debug:
        os.environ[DEBUG] = "1"


def main() -> None:
    """Run the command line and exit with its code."""
    sys.exit(run_command_line(sys.argv[1:]))


def run_command_line(arguments: list[str]) -> int:
    """Run one command.

    Returns:
        0 done; 1 a product failed, or a lock or guard refused; 2 wrong usage, settings or input; 3 the database or
        another service cannot be reached; 130 interrupted.
    """
    end_json()
    try:
        result = nightcast.main(arguments, prog_name="nightcast", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except (click.Abort, KeyboardInterrupt):
        Console().note("Interrupted.")
        return 130
    except BrokenPipeError:
        sys.stdout = None  # the reader of a pipe, such as `head`, has closed it
        return 0
    except Exception as error:
        if is_debug():
            Console().traceback(error)
        return _tell(error)


def _tell(error: Exception) -> int:
    """Print an error, always in the same two lines, and return its exit code."""
    console = Console()
    if isinstance(error, NightcastError):
        console.error(error.reason, error.remedy)
        return error.exit_code
    if isinstance(error, click.ClickException):
        context = error.ctx if isinstance(error, click.UsageError) else None
        reason = " ".join(error.format_message().split())
        console.error(
            reason if reason.endswith((".", "?")) else f"{reason}.",
            f"{context.command_path if context else 'nightcast'} --help",
        )
        return 2
    console.unexpected(error)
    return 1
