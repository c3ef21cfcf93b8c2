"""Sales forecasts compared with observed sales and with other methods, on series in files.

The protocol: the last horizon of every series is held out, and earlier horizons for more rolling origins. Series end in
different periods, so each has its own origin. The series of one origin make a night: they are forecast from one panel
with the history of all series before that origin, and no model sees anything from the origin on. Where many periods
have no row, an absent row means no sale, and every series continues to the source's end; else it is unknown, and not
evaluated. ``served`` is the recipe that the gate chose that night; other rows without ``peer_`` are single recipes,
measured at the last origin alone. The coverage of the served bands is that of all origins together.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.real_night import DEFAULT_DATA
from benchmarks.sales_data_set import DataSet
from benchmarks.sales_forecasts import (
    forecast_naive,
    forecast_peers,
    forecast_recipes,
    forecast_served,
    settings_of,
)
from benchmarks.sales_peers import PEERS
from benchmarks.sales_sets import ENOUGH_ORIGINS, USUAL
from benchmarks.sales_source import Source
from benchmarks.sales_tables import figures, score_table
from models.sales.data.lengths import resolve_lengths
from models.sales.recipes.registry import RECIPES
from models.sales.settings import SalesSettings

NO_COUNTRY = "none"


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line's options; exits with code 2 if the data are missing."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sales", description=(__doc__ or "").split("\n")[0])
    add = parser.add_argument
    add("paths", nargs="*", type=Path, help="CSV files of series, period, value (those of BENCH_DATA)")
    add("--only", action="append", choices=list(USUAL), help="one of the usual data sets; may be repeated (all)")
    add("--horizon", type=_count, help="periods to hold out (those of the usual data, else the program's)")
    add("--season", type=_count, help="periods of a season (likewise)")
    add("--origins", type=_count, default=ENOUGH_ORIGINS, help="rolling origins, a horizon apart (4)")
    add("--without-peers", action="store_true", help="only the program's own models")
    add("--without", action="append", default=[], choices=list(PEERS), help="a peer to leave out; may be repeated")
    add("--slow-peers", action="store_true", help="also peers that take more than three minutes on the usual data")
    add("--recipes", nargs="*", choices=list(RECIPES), help="recipes to measure alone, too (those that suit the data)")
    add("--country", help="country whose public holidays are known ahead, or none (that of the usual data)")
    chosen = parser.parse_args(arguments)
    if chosen.only and chosen.paths:
        parser.error("--only names one of the usual data sets; leave it out if you name files.")
    folder = Path(os.environ.get("BENCH_DATA") or DEFAULT_DATA) / "sales"
    names = {path.name.split(".")[0]: path for path in chosen.paths}
    chosen.files = names or {name: folder / f"{USUAL[name].file}.csv.gz" for name in chosen.only or USUAL}
    missing = [str(path) for path in dict.fromkeys(chosen.files.values()) if not path.is_file()]
    if missing:
        parser.error(f"there is no {' and no '.join(missing)}: name the folder of data with BENCH_DATA.")
    return chosen


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is less than 1")
    return value


def data_sets(chosen: argparse.Namespace) -> Iterator[DataSet]:
    """A data set for each file."""
    for name, path in chosen.files.items():
        source, usual = Source.read(path), USUAL.get(name)
        default = resolve_lengths(SalesSettings(), source.calendar)
        horizon, season = (usual.horizon, usual.season) if usual else (default.horizon, default.season)
        horizon, season = chosen.horizon or horizon, chosen.season or season
        if usual is None or usual.kept is None:
            yield DataSet.of(name, source, horizon, season, chosen.origins)
        else:
            yield DataSet.of(name, source.newest(usual.kept + horizon), horizon, season)


def measure(rolling: DataSet, chosen: argparse.Namespace) -> list[Figure]:
    """Forecast one data set by all models, and print its table."""
    usual = USUAL.get(rolling.name)
    country = chosen.country or (usual and usual.country) or NO_COUNTRY
    country = None if country == NO_COUNTRY else country
    forecast_served(rolling, settings_of(rolling, country))
    data_set = rolling.last
    forecast_naive(data_set)
    forecast_recipes(data_set, chosen.recipes, country)
    if not chosen.without_peers:
        slow = usual.slow_peers if usual and not chosen.slow_peers else ()
        forecast_peers(data_set, {*chosen.without, *slow})
    print(score_table(data_set, rolling), end="\n\n", flush=True)
    return list(figures(data_set, rolling))


def main(arguments: Sequence[str]) -> int:
    """Measure, print tables, and end with one line per figure."""
    chosen = options(arguments)
    measured: list[Figure] = []
    for rolling in data_sets(chosen):
        if rolling.series.size:
            measured += measure(rolling, chosen)
        else:
            print(f"{rolling.name}: no series has a known value before its last {rolling.horizon} periods.", flush=True)
    print("\n".join(figure.line for figure in measured))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
