"""A generated chain of daily series with promotions, prices and holidays of known effect, and what is known of them.

The mean of a day is level times weekday, season of the year, holiday, promotion and price; the noise is a gamma
distribution of mean 1. Promotions and prices are Markov chains: a promotion starts and ends, and a price changes, with
the same probability every day. So the distribution of each day is known exactly, also of days whose promotion and
price are not known yet: it is a mixture over what they may be.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import gammainc, gammaincinv

from models.common.arrays import Flags, Floats, Integers
from models.common.holidays import holiday_columns

START = int(np.datetime64("2022-01-01", "D").astype(int))
COUNTRY = "GB"

STARTS, ENDS = 0.013, 0.2
"""Daily probabilities that a promotion starts and ends: 6 % of the days, five days long on average."""

CHANGES = 1 / 40
"""The daily probability of a new price, which may be the same again."""

PRICES = np.array([0.88, 1.0, 1.12])
"""The prices of a series over its usual one, equally likely."""

HOLIDAY = 0.6
PROMOTION, ELASTICITY = (1.5, 1.8), (-1.8, -1.2)
"""The bounds of the effects of series: the factor of a promotion, and the exponent of the price over the usual one."""

LEVEL, USUAL_PRICE, SHAPE = (3.0, 300.0), (1.0, 50.0), (6.0, 16.0)
"""The bounds of levels, of usual prices, and of the noise's shape: coefficients of variation of 0.25 to 0.41."""

GRID = np.geomspace(0.01, 20, 1_000)
"""Multiples of the plain mean between which the quantiles of mixtures lie."""


@dataclass(frozen=True, eq=False)
class Chain:
    """S series of T days.

    Attributes:
        plain: The mean without promotion and at the usual price, (S, T).
        promotion: Whether there is one, (S, T).
        tag: The place of the price in `PRICES`, (S, T).
        usual_price: (S,).
        effect: The factor of a promotion, (S,).
        elasticity: The exponent of the price over the usual one, (S,).
        shape: The shape of the noise, (S,).
        value: The sales, (S, T).
    """

    plain: Floats
    promotion: Flags
    tag: Integers
    usual_price: Floats
    effect: Floats
    elasticity: Floats
    shape: Floats
    value: Floats

    @classmethod
    def drawn(cls, series: int, days: int, seed: int) -> Chain:
        """A chain from `START` on."""
        random = np.random.default_rng(seed)
        plain, promotion, tag = (
            _plain(series, days, random),
            _promotions(series, days, random),
            _tags(series, days, random),
        )
        effect, elasticity = random.uniform(*PROMOTION, series), random.uniform(*ELASTICITY, series)
        usual_price, shape = np.round(_spread(USUAL_PRICE, series, random), 2), random.uniform(*SHAPE, series)
        mean = plain * effect[:, None] ** promotion * PRICES[tag] ** elasticity[:, None]
        value = mean * random.gamma(shape[:, None], 1 / shape[:, None], mean.shape)
        return cls(plain, promotion, tag, usual_price, effect, elasticity, shape, value)

    @property
    def price(self) -> Floats:
        """(S, T)."""
        return np.asarray(self.usual_price[:, None] * PRICES[self.tag])

    @property
    def holiday(self) -> Flags:
        """Which days are public holidays, (T,)."""
        return _holidays(self.value.shape[1])

    def quantiles(self, origin: int, horizon: int, reach: int, levels: Floats) -> Floats:
        """The quantiles of the days from a column on, for who knows everything but later promotions and prices.

        Args:
            origin: The column of step 1.
            horizon: H.
            reach: Steps whose promotions and prices are known, at least 1; beyond, they may change every day.
            levels: The levels of the quantiles, (Q,).

        Returns:
            (S, H, Q).
        """
        reach, days = min(reach, horizon), slice(origin, origin + horizon)
        known = slice(origin, origin + reach)
        place = self.promotion[:, known] * len(PRICES) + self.tag[:, known]
        unit = gammaincinv(self.shape[:, None], levels) / self.shape[:, None]
        ratio = np.empty((len(self.shape), horizon, len(levels)))
        ratio[:, :reach] = np.take_along_axis(self._factors, place, axis=1)[:, :, None] * unit[:, None]
        ratio[:, reach:] = self._mixed(self._chances(origin + reach - 1, horizon - reach), levels)
        return self.plain[:, days, None] * ratio

    @property
    def _factors(self) -> Floats:
        """What each combination of promotion and price makes of the mean, (S, 2 P)."""
        price = PRICES ** self.elasticity[:, None]
        return np.concatenate([price, price * self.effect[:, None]], axis=1)

    def _chances(self, last: int, ahead: int) -> Floats:
        """The probability of each combination on the days after a known one, (S, ahead, 2 P)."""
        after, share = 1 + np.arange(ahead)[:, None], STARTS / (STARTS + ENDS)
        on = share + (1 - STARTS - ENDS) ** after * (self.promotion[:, last, None, None] - share)
        now = np.eye(len(PRICES))[self.tag[:, last]][:, None]
        price = (1 - CHANGES) ** after * now + (1 - (1 - CHANGES) ** after) / len(PRICES)
        return np.concatenate([(1 - on) * price, on * price], axis=2)

    def _mixed(self, chances: Floats, levels: Floats) -> Floats:
        """The quantiles of mixtures over the plain mean, (S, ahead, Q), between the points of `GRID`."""
        shape = self.shape[:, None, None]
        below = chances @ gammainc(shape, shape * GRID / self._factors[:, :, None])
        return np.stack([_crossing(below, level) for level in levels.tolist()], axis=2)


def _crossing(below: Floats, level: float) -> Floats:
    """Where distribution functions on `GRID` (..., G) reach a level, (...)."""
    place = np.clip((below < level).sum(axis=-1), 1, len(GRID) - 1)
    low, high = (np.take_along_axis(below, (place - back)[..., None], axis=-1)[..., 0] for back in (1, 0))
    share = (level - low) / (high - low)
    return np.asarray(GRID[place - 1] + share * (GRID[place] - GRID[place - 1]))


def _spread(bounds: tuple[float, float], count: int, random: np.random.Generator) -> Floats:
    """Numbers that are equally likely in every order of magnitude, (count,)."""
    return np.asarray(np.exp(random.uniform(math.log(bounds[0]), math.log(bounds[1]), count)))


def _holidays(days: int) -> Flags:
    return np.asarray(holiday_columns(START + np.arange(days), COUNTRY)[:, 0] > 0)


def _plain(series: int, days: int, random: np.random.Generator) -> Floats:
    """Level, weekday, season of the year and holiday, (series, days)."""
    day, rhythm = START + np.arange(days), random.gamma(16, 1 / 16, (series, 7))
    peak, height = random.uniform(0, 365, (series, 1)), random.uniform(0, 0.2, (series, 1))
    year = 1 + height * np.cos(2 * np.pi * (day - peak) / 365.2425)
    return _spread(LEVEL, series, random)[:, None] * rhythm[:, day % 7] * year * np.where(_holidays(days), HOLIDAY, 1.0)


def _promotions(series: int, days: int, random: np.random.Generator) -> Flags:
    """Whether there is a promotion, (series, days); how the first day is drawn follows from how it goes on."""
    promotion, chance = np.zeros((series, days), bool), random.random((series, days))
    promotion[:, 0] = chance[:, 0] < STARTS / (STARTS + ENDS)
    for day in range(1, days):
        promotion[:, day] = np.where(promotion[:, day - 1], chance[:, day] >= ENDS, chance[:, day] < STARTS)
    return promotion


def _tags(series: int, days: int, random: np.random.Generator) -> Integers:
    """The places of the prices, (series, days): each stays until the next change."""
    drawn, changes = random.integers(0, len(PRICES), (series, days)), random.random((series, days)) < CHANGES
    changes[:, 0] = True
    last = np.maximum.accumulate(np.where(changes, np.arange(days), 0), axis=1)
    return np.take_along_axis(drawn, last, axis=1)
