"""`make cases`: small inputs that once went wrong, each run as its ``run.sh`` says, with a verdict.

A case is a folder with a ``run.sh``, which calls the command that ``NIGHTCAST`` names and prints what readers see.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from benchmarks.console_script import console_script
from benchmarks.faults.services import postgres_server
from benchmarks.figures import Figure, Goal

DEFAULT_CASES = "../shared/cases"
MYSQL = "NIGHTCAST_TEST_MYSQL_URL"
LIMIT_SECONDS = 900

Row = tuple[str, ...]


def rows(output: str) -> list[Row]:
    """The rows that a case prints, one a line, with ``|`` between values."""
    return [tuple(cell.strip() for cell in line.split("|")) for line in output.splitlines() if "|" in line]


def near(text: str, value: float, share: float = 0.15) -> bool:
    """Whether a printed number is the value, or less than a share of it away."""
    try:
        return abs(float(text) - value) <= share * abs(value) + 1e-9
    except ValueError:
        return False


def _order_lines(output: str) -> bool:
    means = [row[1] for row in rows(output) if row[0].startswith("2026")]
    return all(near(mean, 8, 0.02) for mean in means) if means else "duplicates" in output


def _exact_ids(output: str) -> bool:
    days = {row[0]: row[1] for row in rows(output)}
    cards = {f"453957876362148{last}": "10" for last in (6, 7, 8)}
    return days.keys() == {*cards, "17850"} and cards.items() <= days.items()


def _closed_at_weekends(output: str) -> bool:
    weekend = ("2026-10-24", "2026-10-25")
    means = {row[:2]: row[2] for row in rows(output) if row[0] in ("new", "newer")}
    expected = [near(mean, 0 if period in weekend else 100) for (_, period), mean in means.items()]
    return len(expected) == 14 and all(expected)


def _after_the_jump(output: str) -> bool:
    bands = [row for row in rows(output) if row[0].startswith("2026")]
    return bool(bands) and all(float(row[2]) <= 600 <= float(row[3]) or near(row[1], 600) for row in bands)


def _christmas_article(output: str) -> bool:
    means = [float(row[1]) for row in rows(output) if row[0].startswith("2026")]
    return len(means) == 8 and all(near(str(mean), 1000) for mean in means[:7]) and means[7] < 100


def _current_week(output: str) -> bool:
    first = {row[0]: row for row in rows(output) if row[1] == "2026-10-25"}
    return first.keys() == {"s0", "s1"} and near(first["s0"][2], 1570) and near(first["s1"][2], 1410)


def _months_of_business_days(output: str) -> bool:
    means = [row[1] for row in rows(output) if row[0].startswith("202")]
    return all(near(mean, 3000, 0.02) for mean in means) if means else "[source.sales]" in output


def _sentinel(output: str) -> bool:
    expected = {"2026-10-30": 140.0, "2026-11-03": 110.0}
    found = {row[0]: row for row in rows(output) if row[0] in expected}
    inside = all(float(row[2]) <= float(row[1]) <= float(row[6]) for row in found.values())
    return found.keys() == expected.keys() and inside and all(near(found[day][4], expected[day], 0.25) for day in found)


def _dates_with_dots(output: str) -> bool:
    last = {row[0]: row[1] for row in rows(output)}
    return (last.get("A0"), last.get("A1")) == ("2026-10-03", "2026-10-04")


def _decimal_comma(output: str) -> bool:
    values = {float(row[2]) for row in rows(output) if row[0] == "A"}
    return bool(values) and values <= {12.5, 7.0, 980.0, 1020.0, 1005.0, 999.0}


def _files_from_excel(output: str) -> bool:
    loaded = all(f"of {name} into visits" in output for name in ("utf16.txt", "sep.csv"))
    return loaded and all(f"--date-format {form}" in output for form in ("excel", "epoch-seconds"))


def _saturday_market(output: str) -> bool:
    means = [row[1] for row in rows(output) if row[0].startswith("2026-")]
    return len(means) == 3 and all(near(mean, 40) for mean in means)


def _months_with_an_offset(output: str) -> bool:
    first = [row for row in rows(output) if row[0].startswith("2026-10")]
    return (bool(first) and near(first[0][1], 2000, 0.03)) or "midnight" in output


def _in_the_folder(output: str) -> bool:
    here = output.partition(".:")[2].partition("..:")[0]
    return "nightcast.db" in here


def _christmas_week(output: str) -> bool:
    row = next((row for row in rows(output) if row[0] == "2023-12-25"), None)
    return row is not None and max(float(row[1]), float(row[4])) > 300


def _exit_code_is_0(output: str) -> bool:
    return "exit code 0" in output


@dataclass(frozen=True)
class Case:
    """One case.

    Attributes:
        is_right: whether the output of its ``run.sh``, stderr included, is right.
        is_slow: whether it takes minutes.
        variable: the environment variable with which it is given a database of its own; empty for SQLite.
    """

    is_right: Callable[[str], bool]
    is_slow: bool = False
    variable: str = ""


CASES = {
    "01-order-lines": Case(_order_lines),
    "02-real-ids": Case(_exact_ids),
    "03-new-series-closed-days": Case(_closed_at_weekends, is_slow=True),
    "04-demand-jump": Case(_after_the_jump, is_slow=True),
    "05-christmas-article-weekly": Case(_christmas_article, is_slow=True),
    "06-weeks-that-start-on-sunday": Case(_current_week, is_slow=True),
    "07-last-business-day-of-month": Case(_months_of_business_days, is_slow=True),
    "08-sentinel-in-a-covariate": Case(_sentinel, is_slow=True),
    "09-dates-with-dots": Case(_dates_with_dots),
    "10-mysql-final-space": Case(_exit_code_is_0, variable="NIGHTCAST_MYSQL_URL"),
    "11-postgresql-long-id": Case(_exit_code_is_0, variable="NIGHTCAST_POSTGRES_URL"),
    "12-null-marks-in-csv": Case(lambda output: output.splitlines()[-1:] == ["7"]),
    "13-decimal-comma": Case(_decimal_comma),
    "14-files-from-excel": Case(_files_from_excel),
    "15-saturday-market": Case(_saturday_market, is_slow=True),
    "16-months-with-an-offset": Case(_months_with_an_offset, is_slow=True),
    "17-question-mark-in-path": Case(_in_the_folder),
    "18-one-row-not-utf8": Case(_exit_code_is_0),
    "19-christmas-week-53": Case(_christmas_week, is_slow=True),
}


@dataclass(frozen=True)
class Verdict:
    """How a case ended.

    Attributes:
        name: the folder of the case.
        verdict: ``right``, ``wrong`` or ``not run``.
        seconds: how long it took.
        output: what it printed, or why it was not run.
    """

    name: str
    verdict: str
    seconds: float
    output: str

    def __str__(self) -> str:
        reason = f"  {self.output}" if self.verdict == "not run" else ""
        return f"{self.verdict:<8} {self.name:<34} {self.seconds:6.1f} s{reason}"


def try_case(folder: Path, case: Case, environment: dict[str, str]) -> Verdict:
    """Run a case, and judge what it printed."""
    if case.variable and case.variable not in environment:
        return Verdict(folder.name, "not run", 0.0, f"no database for {case.variable}")
    start = time.perf_counter()
    done = subprocess.run(
        ["sh", str(folder / "run.sh")],  # noqa: S607 the shell of the system
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    output = done.stdout.decode(errors="replace")
    verdict = "right" if case.is_right(output) else "wrong"
    return Verdict(folder.name, verdict, time.perf_counter() - start, output)


@contextlib.contextmanager
def databases() -> Iterator[dict[str, str]]:
    """Environment variables with the URLs of empty databases: PostgreSQL, and MySQL where a server is named."""
    with tempfile.TemporaryDirectory(prefix="nc-") as folder, postgres_server(Path(folder)) as server:
        urls = {"NIGHTCAST_POSTGRES_URL": server.url.render_as_string(hide_password=False)}
        if os.environ.get(MYSQL):
            urls["NIGHTCAST_MYSQL_URL"] = _new_mysql_database(os.environ[MYSQL])
        yield urls


def _new_mysql_database(server: str) -> str:
    url, name = make_url(server), f"nightcast_cases_{os.getpid()}"
    with sa.create_engine(url).begin() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    return url.set(database=name).render_as_string(hide_password=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen cases, and print a line for each."""
    parser = argparse.ArgumentParser(prog="make cases", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(os.environ.get("CASES", DEFAULT_CASES)))
    parser.add_argument("--quick", action="store_true", help="only those that take seconds")
    parser.add_argument("--only", default="", help="only those whose name has this text")
    parser.add_argument("--show", action="store_true", help="also print the output of each case")
    chosen = parser.parse_args(arguments)
    if not chosen.folder.is_dir():
        parser.error(f"there is no folder {chosen.folder}: name the folder of the cases")
    cases = {name: case for name, case in CASES.items() if chosen.only in name and not (chosen.quick and case.is_slow)}
    verdicts = []
    with databases() as urls:
        for name, case in cases.items():
            url = {case.variable: urls[case.variable]} if case.variable in urls else {}
            environment = {**os.environ, **url, "NIGHTCAST": str(console_script())}
            verdicts.append(try_case((chosen.folder / name).resolve(), case, environment))
            print(verdicts[-1], flush=True)
            if chosen.show:
                print(verdicts[-1].output)
    run = [verdict for verdict in verdicts if verdict.verdict != "not run"]
    right = sum(verdict.verdict == "right" for verdict in run)
    print(Figure("cases_right", right, Goal(">=", len(run))).line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
