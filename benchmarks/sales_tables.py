"""The table of one data set, and its figures with their goals."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.figures import Figure, Goal
from benchmarks.sales_data_set import DataSet
from benchmarks.sales_forecasts import NAIVE, SERVED
from benchmarks.sales_sets import COVERAGE_GOALS, ENOUGH_ORIGINS, SECONDS_GOAL, UsualSet, bounded


def score_table(data_set: DataSet, rolling: DataSet) -> str:
    """All figures of every model, by MASE, or by quantile loss where many periods have no sale; the best first."""
    rows = {model: data_set.scores(model) for model in data_set.forecasts}
    key = "quantile_loss" if data_set.source.gaps else "mase"
    names = list(rows[NAIVE])
    lines = [f"{data_set.name}: {len(data_set.series)} forecasts".ljust(44) + "".join(f"{name:>14}" for name in names)]
    for model in sorted(rows, key=lambda name: np.nan_to_num(rows[name][key], nan=np.inf)):
        cells = (f"{value:>14.4f}" if np.isfinite(value) else f"{'':>14}" for value in rows[model].values())
        lines.append(f"  {model:<42}{''.join(cells)}".rstrip())
    return "\n".join([*lines, *_by_origin(rolling), "", *(f"  {decision}" for decision in rolling.decisions)])


def _by_origin(rolling: DataSet) -> Iterator[str]:
    """Lines of the served forecast's figures at each origin, where there are several."""
    rows = rolling.scores_by_origin(SERVED) if rolling.origins > 1 else []
    for number, row in enumerate(rows):
        name = f"{SERVED}, {number} horizon{'s' * (number > 1)} earlier" if number else f"{SERVED}, last horizon"
        yield f"  {name:<42}{''.join(f'{value:>14.4f}' for value in row.values())}"


def figures(data_set: DataSet, rolling: DataSet) -> Iterator[Figure]:
    """The figures of one source, with their goals: accuracy at the last origin, coverage at all of them together."""
    ours, name, usual = data_set.scores(SERVED), data_set.name, data_set.usual
    goals = {"seconds": SECONDS_GOAL, **(usual.goals if usual else {})}
    yield from bounded(f"{name}_harness_mase", data_set.scores(NAIVE)["mase"], usual.harness_mase if usual else None)
    for metric, value in ours.items():
        if metric not in COVERAGE_GOALS:
            limit = goals.get(metric)
            yield Figure(f"{name}_{metric}", value, None if limit is None else Goal("<=", limit))
    together = rolling.scores(SERVED)
    for metric, limits in COVERAGE_GOALS.items():
        yield from bounded(f"{name}_{metric}", together[metric], limits if rolling.origins >= ENOUGH_ORIGINS else None)
    yield from _against(data_set, ours, usual)


def _against(data_set: DataSet, ours: dict[str, float], usual: UsualSet | None) -> Iterator[Figure]:
    """Figures of the served forecast with those of other models as goals."""
    for metric, others in (usual.beaten if usual else {}).items():
        for other in (other for other in others if other in data_set.forecasts):
            limit = data_set.scores(other)[metric]
            if np.isfinite(limit):
                name = f"{data_set.name}_{metric}_beside_{other.replace(' ', '_')}"
                yield Figure(name, ours[metric], Goal("<=", limit))
