"""A series as samples: windows of prepared values, and the value after each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Floats, Integers, Singles
from models.sales.recipes.classic.preparation.scale import RangeScale, ShiftedScaleFit
from nightcast.errors import InputError
from studies.series.settings import LstmConfiguration


@dataclass(frozen=True, eq=False)
class Samples:
    """Inputs of a network and their targets.

    Attributes:
        inputs: Prepared values, (n, T, F).
        targets: Prepared values, (n, 1).
        places: Where in the series the targets are, (n,).
    """

    inputs: Singles
    targets: Singles
    places: Integers

    def __len__(self) -> int:
        return len(self.places)

    def last(self, count: int) -> Samples:
        """The last `count` samples."""
        return Samples(self.inputs[-count:], self.targets[-count:], self.places[-count:])

    def parted(self, count: int) -> tuple[Samples, Samples]:
        """The first `count` samples, and the others."""
        first = Samples(self.inputs[:count], self.targets[:count], self.places[:count])
        return first, Samples(self.inputs[count:], self.targets[count:], self.places[count:])


@dataclass(frozen=True, eq=False)
class Framed:
    """A series prepared and framed as a configuration says.

    Attributes:
        train: Samples of the training part.
        test: Samples of the test part.
        before: The value subtracted from each value, (n,); zeros without differencing.
        scaling: To the range; None without scaling.
    """

    train: Samples
    test: Samples
    before: Floats
    scaling: ShiftedScaleFit | None

    def restore(self, forecasts: Singles, places: Integers) -> Floats:
        """Forecasts (R, n) of the values at some places (n,) on the original scale."""
        scaled = forecasts.astype(np.float64)
        rates = scaled if self.scaling is None else self.scaling.backward(scaled[None], places)[0]
        return np.asarray(rates + self.before[places])


def frame(values: Floats, train: int, configuration: LstmConfiguration) -> Framed:
    """Difference, scale and frame a series.

    Windows of the test part reach back into the training part, unless the parts are framed separately.

    Args:
        values: (n,).
        train: The length of the training part.
        configuration: Its preparation and windows.

    Raises:
        InputError: if the training or the test part has no sample.
    """
    prepared, before, scaling = _prepared(values, train, configuration)
    reach, without = configuration.difference + configuration.look_back, int(configuration.leave_out_last)
    first_tested = train + configuration.look_back if configuration.separate_parts else max(train, reach)
    trained, tested = np.arange(reach, train - without), np.arange(first_tested, len(values) - without)
    if not len(trained) or not len(tested):
        raise InputError(
            f"The series is too short for {configuration.name!r}. {train} of its {len(values)} values are for "
            f"training, and a forecast needs the {reach} values before it. There is no sample to "
            f"{'test' if len(trained) else 'train'} on.",
            "Give it a longer series, a smaller look_back, or another [split] train.",
        )
    return Framed(
        _samples(prepared, trained, configuration), _samples(prepared, tested, configuration), before, scaling
    )


def _prepared(
    values: Floats, train: int, configuration: LstmConfiguration
) -> tuple[Floats, Floats, ShiftedScaleFit | None]:
    """Values differenced and scaled, (n,), the values subtracted, and the scaling."""
    lag = configuration.difference
    before = np.concatenate([np.full(min(lag, len(values)), np.nan), values[:-lag]]) if lag else np.zeros(len(values))
    rates = values - before
    if isinstance(configuration.scale, str):
        return rates, before, None
    seen = rates if configuration.scaled_on == "all" else rates[:train]
    scaling = RangeScale(*configuration.scale).fit(seen[None])
    return scaling.forward(rates[None], np.arange(len(values)))[0], before, scaling


def _samples(prepared: Floats, places: Integers, configuration: LstmConfiguration) -> Samples:
    windows = prepared[places[:, None] + np.arange(-configuration.look_back, 0)].astype(np.float32)
    inputs = windows[:, None, :] if configuration.framing == "window" else windows[:, :, None]
    return Samples(inputs, prepared[places, None].astype(np.float32), places.astype(np.int64))
