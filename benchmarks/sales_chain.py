"""Sales forecasts in real time beside an oracle, on a generated chain with promotions, prices and holidays.

One night trains, and its champion, saved and loaded, forecasts on four nights from then on, a horizon apart. On each
night, promotions and prices are known a number of days ahead, the reach, and public holidays always. The forecasts are
compared with the values that follow. One oracle knows the distribution of every day; another one knows promotions and
prices no farther ahead than the program, and beyond, how likely each is.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.chain import COUNTRY, START, Chain
from benchmarks.figures import Figure, Goal
from benchmarks.sales_sets import COVERAGE_GOALS, bounded
from models.common.arrays import Flags, Floats
from models.common.selection import Selection
from models.sales.data.build import build_panel
from models.sales.data.covariate_rows import build_covariates
from models.sales.data.covariates import Covariates
from models.sales.data.panel import SalesPanel
from models.sales.forecast import forecast
from models.sales.gate.figures import PastForecast
from models.sales.gate.figures import figures as reported
from models.sales.gate.select import select
from models.sales.recipes.model import MEDIAN, QUANTILES, SalesModel
from models.sales.recipes.registry import load_model
from models.sales.settings import SalesSettings

SERIES, SEED, REACHES = 300, 1, (1, 7, 28)
HORIZON, NIGHTS, LEARNED = 28, 4, 800
"""Days ahead, nights that forecast, and days of history on the first one: about two years and a half in all."""

SETTINGS = SalesSettings(horizon=HORIZON, country=COUNTRY)
NAMES = ("price", "promotion")

WAPE_OVER_ORACLE = 1.05
EVALUATION_GOALS = (0.9, 1.1)
COMPARED = ("wape", "weighted_quantile_loss")

OURS, EVALUATED = "served, in real time", "served, as evaluated by the gate"
ORACLE, SAME_REACH = "oracle", "oracle of the same reach"
THEN = "oracle of the same reach, where the gate evaluated"


@dataclass(frozen=True, eq=False)
class Result:
    """What was measured with one reach.

    Attributes:
        reach: Days ahead whose promotions and prices are known.
        decision: The gate's.
        figures: By whose forecasts, the figures of `models.sales.gate.figures`, each the mean over nights or origins.
        kinds: By whose forecasts, the absolute errors of the median over the sales, by kind of day.
    """

    reach: int
    decision: str
    figures: dict[str, dict[str, float]]
    kinds: dict[str, dict[str, float]]


def panel_of(chain: Chain, night: int, reach: int, settings: SalesSettings) -> SalesPanel:
    """What is known before the column `night`, from rows as a night reads them."""
    series, day = len(chain.value), START + np.arange(night)
    panel = build_panel(
        np.repeat(np.arange(series), night),
        np.tile(day, series),
        chain.value[:, :night].ravel(),
        series,
        START + night,
        settings=settings,
    )
    return replace(panel, covariates=_covariates(chain, night + reach, panel, settings)).without_outliers()


def _covariates(chain: Chain, known: int, panel: SalesPanel, settings: SalesSettings) -> Covariates:
    """Prices and promotions of the days before the column `known`, and holidays."""
    series, both = len(chain.value), [part[:, :known].ravel() for part in (chain.price, chain.promotion)]
    return build_covariates(
        np.tile(np.repeat(np.arange(series), known), len(NAMES)),
        np.tile(START + np.arange(known), len(NAMES) * series),
        np.repeat(np.arange(len(NAMES)), series * known),
        np.concatenate(both),
        NAMES,
        panel.grid,
        settings.country,
    )


def train(panel: SalesPanel, settings: SalesSettings, seed: int) -> tuple[Selection[SalesModel], SalesModel]:
    """What the gate chose, and its model as later nights load it."""
    selected = select(panel, settings, seed)
    with tempfile.TemporaryDirectory(prefix="nc-chain-") as folder:
        selected.model.save(Path(folder, "champion"))
        return selected, load_model(Path(folder, "champion"))


def measure(chain: Chain, reach: int, settings: SalesSettings, seed: int) -> Result:
    """Train on the first night, forecast on all, and compare with the values that followed."""
    nights = [LEARNED + HORIZON * number for number in range(NIGHTS)]
    selected, model = train(panel_of(chain, LEARNED, reach, settings), settings, seed)
    made = {
        OURS: [served(chain, night, panel_of(chain, night, reach, settings), model) for night in nights],
        ORACLE: [oracle(chain, night, HORIZON) for night in nights],
        SAME_REACH: [oracle(chain, night, reach) for night in nights],
    }
    evaluated, origins = evaluation(selected)
    then = mean_figures(oracle(chain, origin, reach) for origin in origins)
    figures = {name: mean_figures(past) for name, past in made.items()} | {EVALUATED: evaluated, THEN: then}
    kinds = {name: wape_by_kind(chain, nights, reach, past) for name, past in made.items()}
    return Result(reach, selected.decision, figures, kinds)


def served(chain: Chain, night: int, panel: SalesPanel, model: SalesModel) -> PastForecast:
    """What the program would publish on a night, and what followed."""
    ours = forecast(model, panel)
    return _past(chain, night, ours.mean, ours.quantiles)


def oracle(chain: Chain, night: int, reach: int) -> PastForecast:
    """The oracle's quantiles; its median is its mean, too, since no figure of the mean is compared."""
    quantiles = chain.quantiles(night, HORIZON, reach, np.array(QUANTILES))
    return _past(chain, night, quantiles[:, :, MEDIAN], quantiles)


def _past(chain: Chain, night: int, mean: Floats, quantiles: Floats) -> PastForecast:
    actual = chain.value[:, night : night + HORIZON]
    return PastForecast(mean, quantiles, actual, np.ones(len(actual)))


def mean_figures(past: Iterable[PastForecast]) -> dict[str, float]:
    """The figures of all series, as the evaluation has them, each the mean over the forecasts."""
    rows = [reported(one, np.ones(len(one.actual), bool)) for one in past]
    return {name: float(np.mean([row[name] for row in rows])) for name in (*COMPARED, *COVERAGE_GOALS)}


def evaluation(selected: Selection[SalesModel]) -> tuple[dict[str, float], list[int]]:
    """The figures of the gate's evaluation, each the mean over its origins, and their columns."""
    every = [one for one in selected.evaluations if one.segment == "all"]
    names = (*COMPARED, *COVERAGE_GOALS)
    figures = {name: float(np.mean([one.value for one in every if one.metric == name])) for name in names}
    return figures, sorted({one.day - START for one in every})


def wape_by_kind(chain: Chain, nights: Sequence[int], reach: int, past: Sequence[PastForecast]) -> dict[str, float]:
    """The absolute errors of the median over the sales, on all nights, by kind of day; NaN for a kind without days."""
    kinds = [kinds_of_days(chain, night, reach) for night in nights]
    actual = np.stack([one.actual for one in past])
    error = np.abs(actual - np.stack([one.quantiles[:, :, MEDIAN] for one in past]))
    of_kind = {name: np.stack([kind[name] for kind in kinds]) for name in kinds[0]}
    return {
        name: float(error[days].sum() / actual[days].sum()) if days.any() else float("nan")
        for name, days in of_kind.items()
    }


def kinds_of_days(chain: Chain, night: int, reach: int) -> dict[str, Flags]:
    """Which days of series are of each kind, (S, H); holidays are in none of the others."""
    days = slice(night, night + HORIZON)
    promotion, price = chain.promotion[:, days], chain.tag[:, days] != chain.tag[:, night - 1 : night]
    holiday, known = np.broadcast_to(chain.holiday[days], promotion.shape), np.arange(HORIZON) < reach
    plain = ~(promotion | price | holiday)
    return {
        "plain": plain,
        "known promotion": promotion & known & ~holiday,
        "unknown promotion": promotion & ~known & ~holiday,
        "known new price": price & known & ~promotion & ~holiday,
        "unknown new price": price & ~known & ~promotion & ~holiday,
        "holiday": holiday,
    }


def tables(result: Result) -> str:
    """The figures of all forecasts, and the errors by kind of day."""
    parts = [f"Reach {result.reach}: {result.decision}"]
    for title, rows in (("forecasts", result.figures), ("WAPE by kind of day", result.kinds)):
        names = list(next(iter(rows.values())))
        parts.append(f"{title:<52}" + "".join(f"{name.replace('_', ' '):>24}" for name in names))
        parts += [f"{name:<52}" + "".join(f"{row[key]:>24.4f}" for key in names) for name, row in rows.items()]
    return "\n".join(parts)


def figures(result: Result) -> Iterator[Figure]:
    """The figures of one reach, with their goals."""
    name, of = f"chain_reach_{result.reach}", result.figures
    wape = {whose: row["wape"] for whose, row in of.items()}
    yield Figure(f"{name}_wape", wape[OURS])
    yield Figure(f"{name}_wape_over_oracle", wape[OURS] / wape[ORACLE], Goal("<=", WAPE_OVER_ORACLE))
    yield Figure(f"{name}_wape_over_oracle_of_same_reach", wape[OURS] / wape[SAME_REACH])
    yield Figure(f"{name}_wape_of_same_reach_over_oracle", wape[SAME_REACH] / wape[ORACLE])
    for metric, limits in COVERAGE_GOALS.items():
        yield from bounded(f"{name}_{metric}", of[OURS][metric], limits)
    for metric in COMPARED:
        ratio = of[EVALUATED][metric] / of[OURS][metric]
        yield from bounded(f"{name}_evaluation_over_real_time_{metric}", ratio, EVALUATION_GOALS)
        yield Figure(f"{name}_oracle_evaluation_over_real_time_{metric}", of[THEN][metric] / of[SAME_REACH][metric])


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line's options; exits with code 2 if they are wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sales_chain", description=(__doc__ or "").split("\n")[0]
    )
    add = parser.add_argument
    add("--series", type=int, default=SERIES, help=f"number of series ({SERIES})")
    add("--reach", type=int, action="append", help="days ahead that are known; may be repeated (1, 7, 28)")
    add("--seed", type=int, default=SEED, help=f"seed of the chain and of the training ({SEED})")
    chosen = parser.parse_args(arguments)
    chosen.reach = chosen.reach or list(REACHES)
    if chosen.series < 1 or not all(1 <= reach <= HORIZON for reach in chosen.reach):
        parser.error(f"--series has to be at least 1, --reach from 1 to {HORIZON}.")
    return chosen


def main(arguments: Sequence[str]) -> int:
    """Measure, print tables, and end with one line per figure."""
    chosen = options(arguments)
    chain = Chain.drawn(chosen.series, LEARNED + HORIZON * NIGHTS, chosen.seed)
    results = []
    for reach in dict.fromkeys(chosen.reach):
        results.append(measure(chain, reach, SETTINGS, chosen.seed))
        print(tables(results[-1]), end="\n\n", flush=True)
    print("\n".join(figure.line for result in results for figure in figures(result)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
