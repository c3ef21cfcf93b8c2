"""One night on real data, as a user runs it, on SQLite and on PostgreSQL, and the accuracy of its forecasts.

The data are those of a British gift wholesaler (UCI Online Retail II; Chen, 2019). The as-of is 2011-10-15; the
published tables are compared with the 56 days that the files contain from then on.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from benchmarks import console_script
from benchmarks.console_script import CommandError
from benchmarks.figures import Figure, Goal, table
from benchmarks.scoring import next_visit_figures, sales_figures

AS_OF = pd.Timestamp("2011-10-15")
SALES_DAYS = 28
VISITS_FILE = Path("visits", "online_retail_2.csv.gz")
SALES_FILE = Path("sales", "online_retail_2_products.csv.gz")
DEFAULT_DATA = Path("..", "shared", "data")

NEXT_VISIT_SQL = "SELECT customer_id, bin, probability FROM latest_next_visit_bin"
SALES_SQL = "SELECT series_id, period, mean, q025, q10, q50, q90, q975 FROM latest_sales_forecast"
DECISION_SQL = "SELECT product, served, decision FROM forecast_run WHERE status = 'published' ORDER BY product"
BACKTEST_SQL = """
SELECT evaluation.value, evaluation.baseline_value
FROM evaluation
INNER JOIN forecast_run ON forecast_run.model_version = evaluation.model_version
WHERE forecast_run.product = 'next_visit' AND forecast_run.status = 'published' AND evaluation.segment = 'all'
    AND evaluation.metric = 'log_loss' AND evaluation.baseline = 'life_table'
"""


@dataclass(frozen=True, eq=False)
class Truth:
    """The contents of the files, before the as-of and after it, and their folder.

    Attributes:
        visits: columns ``customer_id`` and ``day``.
        sales: columns ``series_id``, ``period`` and ``value``.
    """

    folder: Path
    visits: pd.DataFrame
    sales: pd.DataFrame

    @classmethod
    def read(cls, folder: Path) -> Truth:
        """Read both files."""
        visits = pd.read_csv(
            folder / VISITS_FILE,
            usecols=["customer_id", "visited_at"],
            dtype={"customer_id": str},
            parse_dates=["visited_at"],
        )
        visits["day"] = visits.pop("visited_at").dt.normalize()
        sales = pd.read_csv(folder / SALES_FILE, dtype={"series_id": str}, parse_dates=["period"])
        return cls(folder, visits, sales)


@dataclass(frozen=True, eq=False)
class Published:
    """The published rows of the night.

    Attributes:
        next_visit: columns ``customer_id``, ``bin`` and ``probability``.
        sales: columns ``series_id``, ``period``, ``mean`` and the quantiles.
        decisions: columns ``product``, ``served`` and ``decision``.
        backtest: the next-visit model's log loss at the gate, ``value``, beside the life table's,
            ``baseline_value``; no rows where a life table was not measured.
    """

    next_visit: pd.DataFrame
    sales: pd.DataFrame
    decisions: pd.DataFrame
    backtest: pd.DataFrame

    @classmethod
    def read(cls, url: URL) -> Published:
        """Read the views by SQL, as a report would."""
        with console_script.reader(url).connect() as connection:
            return cls(
                pd.read_sql(NEXT_VISIT_SQL, connection),
                pd.read_sql(SALES_SQL, connection, parse_dates=["period"]),
                pd.read_sql(DECISION_SQL, connection),
                pd.read_sql(BACKTEST_SQL, connection),
            )


def commands(data: Path) -> dict[str, list[str]]:
    """The commands of the night in order, by the name of their figure."""
    visits, sales = (str((data / file).resolve()) for file in (VISITS_FILE, SALES_FILE))
    return {
        "init": ["init"],
        "load_visits": (
            f"load visits {visits} --customer-id customer_id --visited-at visited_at --amount amount"
        ).split(),
        "load_sales": f"load sales {sales} --series-id series_id --period period --value value".split(),
        "run": ["run", "--as-of", f"{AS_OF:%Y-%m-%d}"],
        "show_next_visit": ["show", "next-visit"],
        "show_sales": ["show", "sales"],
        "show_runs": ["show", "runs"],
    }


def night(kind: str, folder: Path, data: Path, url: URL | None) -> dict[str, float]:
    """Run every command in the folder; returns the seconds of each.

    Raises:
        CommandError: if one fails, or shows nothing.
    """
    environment, seconds = console_script.environment(folder.parent, url), {}
    for name, arguments in commands(data).items():
        seconds[name], shown = console_script.run(arguments, folder, environment)
        if arguments[0] == "show" and not shown.strip():
            raise CommandError(f"nightcast {' '.join(arguments)} showed nothing")
        print(f"{kind}: {name.replace('_', ' ')}: {seconds[name]:.1f} s", file=sys.stderr, flush=True)
    return seconds


def figures(kind: str, truth: Truth, published: Published, seconds: dict[str, float]) -> list[Figure]:
    """All figures of the night on one database, with their goals."""
    visit = next_visit_figures(truth.visits, published.next_visit, AS_OF)
    sales = sales_figures(truth.sales, published.sales, AS_OF, SALES_DAYS)
    no_worse = Goal("<=", sales["wape_seasonal_naive"])
    goals = {
        "customers": Goal(">=", 5_500),
        "next_visit_log_loss": Goal("<=", 1.02),
        "series": Goal(">=", 300),
        "sales_wape_mean": no_worse,
        "sales_wape_q50": no_worse,
    }
    values = {
        "customers": visit.pop("customers"),
        **{f"next_visit_{name}": value for name, value in visit.items()},
        **_backtest(published.backtest),
        "series": sales.pop("series"),
        **{f"sales_{name}": value for name, value in sales.items()},
        **{f"seconds_{name}": round(value, 2) for name, value in seconds.items()},
    }
    return [Figure(f"{kind}_{name}", value, goals.get(name)) for name, value in values.items()]


def _backtest(evaluation: pd.DataFrame) -> dict[str, float]:
    """The gate's comparison, at an as-of 56 days earlier; not comparable with the figures of this night."""
    if evaluation.empty:
        return {}
    return {
        "next_visit_backtest_log_loss": float(evaluation["value"].iloc[0]),
        "next_visit_backtest_life_table_log_loss": float(evaluation["baseline_value"].iloc[0]),
    }


@contextlib.contextmanager
def database(kind: str, folder: Path, postgres_url: str | None) -> Iterator[URL | None]:
    """The URL of a new database on PostgreSQL; None for the default, SQLite."""
    if kind == "sqlite":
        yield None
        return
    with (
        console_script.postgres_server(folder, postgres_url) as server,
        console_script.fresh_database(server) as url,
    ):
        yield url


def measure(kind: str, folder: Path, truth: Truth, postgres_url: str | None) -> list[Figure]:
    """Run a night on one kind of database, in a folder of its own, and print the table of its figures."""
    work = folder / kind
    work.mkdir()
    with database(kind, folder, postgres_url) as url:
        seconds = night(kind, work, truth.folder, url)
        published = Published.read(url or URL.create("sqlite", database=str(work / "nightcast.db")))
    measured = figures(kind, truth, published, seconds)
    print(table(measured, f"one night on {kind}"))
    for row in published.decisions.itertuples(index=False):
        print(f"{row.product}: {row.served} served; {row.decision}")
    print(flush=True)
    return measured


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line's options; exits with code 2 if the data are missing."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real_night", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, help="folder of the data; else $BENCH_DATA, else ../shared/data")
    parser.add_argument(
        "--database", choices=["sqlite", "postgresql"], action="append", help="only this database; may be repeated"
    )
    parser.add_argument("--postgres-url", help="a server to create a database on, instead of a temporary one")
    chosen = parser.parse_args(arguments)
    chosen.data = chosen.data or Path(os.environ.get("BENCH_DATA") or DEFAULT_DATA)
    missing = [str(chosen.data / file) for file in (VISITS_FILE, SALES_FILE) if not (chosen.data / file).is_file()]
    if missing:
        parser.error(f"there is no {' and no '.join(missing)}: name the folder of data with --data or BENCH_DATA.")
    return chosen


def main(arguments: Sequence[str]) -> int:
    """Measure each database and end with one line per figure; 0 if it ran, 1 if a command or the server failed."""
    chosen = options(arguments)
    truth, measured = Truth.read(chosen.data), []
    try:
        with tempfile.TemporaryDirectory(prefix="nc-bench-") as folder:  # short: a socket's path has a limit
            for kind in chosen.database or ["sqlite", "postgresql"]:
                measured += measure(kind, Path(folder), truth, chosen.postgres_url)
    except (CommandError, DBAPIError) as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(figure.line for figure in measured))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
