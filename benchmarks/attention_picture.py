"""A picture of the attention weights of ``seq2seq_luong``, trained on a file of monthly series.

For a few series and for the mean of all, it shows the look-back in units of its level and, below it, the weight that
each step ahead gives to each of its periods. The origin is the one of the protocol that most series share.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import sales
from benchmarks.real_night import DEFAULT_DATA
from benchmarks.sales_data_set import DataSet
from benchmarks.sales_forecasts import SEED
from benchmarks.sales_source import Integers, Numbers
from models.common.recipe import Training
from models.sales.data.panel import SalesPanel
from models.sales.features.scaling import levels
from models.sales.features.windows import cut, learnable
from models.sales.recipes.classic.seq2seq_luong import attention_weights
from models.sales.recipes.model import SalesModel
from models.sales.recipes.networks.model import NetworkModel
from models.sales.recipes.networks.network import members_of
from models.sales.recipes.registry import RECIPES
from models.sales.settings import NetworkSettings, SalesSettings

RECIPE = "seq2seq_luong"
USUAL = "tourism_monthly"
TARGET = Path("docs", "attention.png")
NAMES = {"D": "day", "B": "business day", "W": "week", "M": "month", "Q": "quarter", "Y": "year"}
"""The name of a period, by family of frequencies."""

DOTS_PER_INCH = 110
COLOURS, PALETTE = 64, 256
"""Colours of the weights, and of the whole file."""

MOST_TICKS = 5


@dataclass(frozen=True, eq=False)
class Picture:
    """The contents of the picture.

    Attributes:
        title: Title of the picture.
        period: Name of a period, such as month.
        season: Periods of a season.
        names: Titles of n panels, side by side.
        look_back: The look-backs in the upper row, in units of their level, (n, look_back), NaN where unknown.
        attention: The weights in the lower row, (n, H, patches), each row summing to 1.
    """

    title: str
    period: str
    season: int
    names: tuple[str, ...]
    look_back: Numbers
    attention: Numbers


def read(model: SalesModel, panel: SalesPanel, series: Integers) -> tuple[Numbers, Numbers]:
    """The look-backs of some series in units of their level, (n, look_back), and the attention, (n, H, patches).

    Args:
        model: A network of `RECIPE` that was trained in this process; its first member is read.
        panel: What is known.
        series: Rows of the panel that the model covers, (n,).

    Raises:
        ValueError: if the model is of another recipe, or not trained in this process.
    """
    if not isinstance(model, NetworkModel) or model.trainer is None or model.recipe != RECIPE:
        raise ValueError(f"{model.recipe} is not {RECIPE}, trained in this process")
    lengths, origin = panel.lengths, np.full(len(series), panel.length)
    history = cut(panel.values, series, origin, lengths.reach, 0)
    inputs = model.reading.inputs_at(panel, series, origin)
    keras = model.trainer.keras
    weights = attention_weights(keras, members_of(keras, model.network)[0], inputs.arrays)
    level = levels(history, lengths.look_back)
    recent = history[:, -lengths.look_back :] / np.where(level > 0, level, 1.0)[:, None]
    return recent, np.asarray(weights, np.float64)


def few_of(panel: SalesPanel, covered: Integers, count: int) -> Integers:
    """At most `count` of the covered series, evenly spread from the smallest level to the largest."""
    level = levels(panel.values[covered], panel.lengths.look_back)
    places = np.linspace(0, len(covered) - 1, min(count, len(covered)) + 2)[1:-1].round().astype(np.int64)
    return np.asarray(covered[np.argsort(level, kind="stable")][places])


def picture_of(data_set: DataSet, names: Sequence[str], count: int, steps: int | None) -> Picture:
    """The picture of a network of one member, trained on what was known at the origin that most series share.

    Args:
        data_set: Series and origins.
        names: Names of all series.
        count: Number of series to show.
        steps: Training steps; None for the default.
    """
    column, cases = max(data_set.nights(), key=lambda night: len(night[1]))
    network = NetworkSettings(members=1) if steps is None else NetworkSettings(members=1, steps=steps)
    settings = SalesSettings(horizon=data_set.horizon, season=data_set.season, network=network)
    panel = data_set.source.panel(column, settings)
    model = RECIPES[RECIPE].fit(panel, Training(settings, SEED))
    covered = np.intersect1d(data_set.series[cases], np.flatnonzero(learnable(panel.values, panel.lengths)))
    few = few_of(panel, covered, count)
    look_back, attention = read(model, panel, np.concatenate([few, covered]))
    mean = np.nanmean(look_back[len(few) :], axis=0)
    since = np.datetime64(int(panel.step_days[0]), "D")
    return Picture(
        title=f"Attention of each step ahead: {RECIPE} on {data_set.name}, forecasting from {since} on",
        period=NAMES[panel.calendar.family],
        season=data_set.season,
        names=(*(names[series] for series in few), f"mean of {len(covered)} series"),
        look_back=np.concatenate([look_back[: len(few)], mean[None]]),
        attention=np.concatenate([attention[: len(few)], attention[len(few) :].mean(axis=0)[None]]),
    )


def draw(picture: Picture, path: Path) -> None:
    """Write the picture to a PNG file; the same picture always gives the same file."""
    from matplotlib.figure import Figure

    count = len(picture.names)
    figure = Figure(figsize=(2.6 * count + 1.2, 4.6), layout="constrained", dpi=DOTS_PER_INCH)
    figure.suptitle(picture.title, fontsize=11)
    axes = figure.subplots(2, count, sharex=True, sharey="row", height_ratios=(1, 2), squeeze=False)
    for above, name, look_back in zip(axes[0], picture.names, picture.look_back, strict=True):
        above.plot(np.arange(-len(look_back), 0), look_back, linewidth=1.2)
        above.set_title(name, fontsize=10)
    image = _draw_attention(picture, axes[1])
    axes[0, 0].set_ylabel("value / level")
    axes[1, 0].set_ylabel(f"{picture.period}s ahead")
    figure.supxlabel(f"{picture.period} of the look-back, counted from the first {picture.period} ahead", fontsize=10)
    figure.colorbar(image, ax=axes[1, :], label="weight (1: an equal share)")
    _write(figure, path)


def _draw_attention(picture: Picture, axes: Any) -> Any:
    """Draw the weights, times the number of patches, on one scale for all; returns the last image."""
    from matplotlib import colormaps

    horizon, patches = picture.attention.shape[1:]
    back, shares = picture.look_back.shape[1], picture.attention * patches
    for below, share in zip(axes, shares, strict=True):
        image = below.imshow(
            share,
            cmap=colormaps["viridis"].resampled(COLOURS),
            aspect="auto",
            interpolation="nearest",
            extent=(-back - 0.5, -0.5, horizon + 0.5, 0.5),
            vmin=shares.min(),
            vmax=shares.max(),
        )
        below.set_xticks(-_ticks(back, picture.season))
        below.set_yticks(_ticks(horizon, picture.season))
    return image


def _ticks(length: int, season: int) -> Integers:
    """Positions of ticks at whole seasons of `length` periods, (n,); at each period if it is shorter than a season."""
    every = season * -(-length // (season * MOST_TICKS))
    return np.arange(every, length + 1, every) if every <= length else np.arange(1, length + 1)


def _write(figure: Any, path: Path) -> None:
    """Write a PNG with a palette, which is a third of the size, and without a date."""
    from PIL import Image

    with BytesIO() as drawn:
        figure.savefig(drawn, format="png")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.open(drawn).convert("RGB").quantize(PALETTE, Image.Quantize.MAXCOVERAGE).save(
            path, format="png", optimize=True
        )


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line's options; exits with code 2 if the data are missing."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.attention_picture", description=(__doc__ or "").split("\n")[0]
    )
    add, folder = parser.add_argument, Path(os.environ.get("BENCH_DATA") or DEFAULT_DATA) / "sales"
    add(
        "path", nargs="?", type=Path, default=folder / f"{USUAL}.csv.gz", help=f"a CSV file of months or days ({USUAL})"
    )
    add("--output", type=Path, default=TARGET, help=f"the picture, a PNG file ({TARGET})")
    add("--series", type=int, default=3, help="number of series to show (3)")
    add("--steps", type=int, help="training steps (the default of the setting)")
    chosen = parser.parse_args(arguments)
    if not chosen.path.is_file():
        parser.error(f"there is no {chosen.path}: name a file, or the folder of data with BENCH_DATA.")
    return chosen


def main(arguments: Sequence[str]) -> int:
    """Train the network and draw its attention."""
    chosen = options(arguments)
    (data_set,) = sales.data_sets(sales.options([str(chosen.path), "--origins", "1"]))
    names = pd.read_csv(chosen.path, dtype=str, keep_default_na=False).iloc[:, 0].unique()
    draw(picture_of(data_set, list(names), chosen.series, chosen.steps), chosen.output)
    print(f"{chosen.output}: {chosen.output.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
