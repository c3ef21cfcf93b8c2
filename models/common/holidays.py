"""Public holidays as inputs that are known ahead.

From the `holidays` package (https://holidays.readthedocs.io), including observed days. Holidays that were proclaimed at
short notice count as known ahead at past origins, too: the package has no dates of proclamation.
"""

from __future__ import annotations

import difflib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from models.common.arrays import Integers, Singles
from nightcast.errors import SettingsError

HOLIDAY_OFFSETS = (0, -1, -2, 1, 2)
"""Column j of `holiday_columns` says whether the day this many days away is a holiday."""


def holiday_columns(days: Integers, country: str) -> Singles:
    """Whether each day is a public holiday, and whether the days around it are, 0 or 1, (n, 5).

    Args:
        days: Days since 1970-01-01, (n,).
        country: ISO 3166 code such as ``GB``, with a subdivision ``GB-ENG``.

    Returns:
        One column for each of `HOLIDAY_OFFSETS`: the day itself, one and two days before, one and two days after.

    Raises:
        SettingsError: if the country or its subdivision is not known.
    """
    around = np.asarray(days, np.int64)[:, None] + np.array(HOLIDAY_OFFSETS)
    return np.isin(around, _between(around, country)).astype(np.float32)


def holiday_share(first_day: Integers, last_day: Integers, country: str) -> Singles:
    """The public holidays in each period over its days, (n,).

    Args:
        first_day: The first day that each period covers, days since 1970-01-01, (n,).
        last_day: The last one, (n,).
        country: As in `holiday_columns`.

    Raises:
        SettingsError: if the country or its subdivision is not known.
    """
    first, last = np.asarray(first_day, np.int64), np.asarray(last_day, np.int64)
    known = _between(np.concatenate([first, last]), country)
    count = np.searchsorted(known, last, side="right") - np.searchsorted(known, first)
    return np.asarray(count / (last - first + 1), np.float32)


def holidays_between(first: int, last: int, country: str) -> tuple[Integers, NDArray[np.str_]]:
    """The public holidays from one day to another, both included, in order, and their names: (h,) each.

    Args:
        first: Days since 1970-01-01.
        last: Likewise.
        country: As in `holiday_columns`.

    Raises:
        SettingsError: if the country or its subdivision is not known.
    """
    day, name = _of_years(np.array([first, last]), country)
    inside = (day >= first) & (day <= last)
    return day[inside], name[inside]


def check_country(country: str) -> None:
    """Check that holidays of this country are known.

    Raises:
        SettingsError: if the country or its subdivision is not known.
    """
    _public_holidays(country, 2000, 2000)


def _between(days: Integers, country: str) -> Integers:
    """All holidays of the years from the first of these days to the last, in order."""
    if not days.size:
        check_country(country)
        return np.zeros(0, np.int64)
    return _of_years(days, country)[0]


def _of_years(days: Integers, country: str) -> tuple[Integers, NDArray[np.str_]]:
    """All holidays of the years of these days, in order, and their names."""
    first, last = np.array([days.min(), days.max()]).astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
    return _public_holidays(country, int(first), int(last))


@lru_cache(maxsize=32)
def _public_holidays(country: str, first_year: int, last_year: int) -> tuple[Integers, NDArray[np.str_]]:
    import holidays

    code, _, subdivision = country.partition("-")
    if code not in holidays.list_supported_countries():  # the package accepts the name of any of its classes
        raise _unknown(country)
    try:
        years = range(first_year, last_year + 1)
        by_date = holidays.country_holidays(code, subdiv=subdivision or None, years=years)
    except NotImplementedError:
        raise _unknown(country) from None
    dates = sorted(by_date)
    both = np.array(dates, "datetime64[D]").astype(np.int64), np.array([by_date[date] for date in dates], np.str_)
    for part in both:
        part.flags.writeable = False  # the cache returns it again
    return both


def _unknown(country: str) -> SettingsError:
    import holidays

    code, _, subdivision = country.partition("-")
    known = holidays.list_supported_countries()
    if code not in known:
        near = _nearest(code, _country_names())
        return SettingsError(
            f"No public holidays are known for the country {country!r}.",
            f"Set country to its ISO 3166 code, with a subdivision where that matters: 'GB' or 'GB-ENG'. {near}",
        )
    near = _nearest(subdivision, {name: f"{code}-{name}" for name in known[code]})
    return SettingsError(
        f"The country {code!r} has no subdivision {subdivision!r}.",
        f"It has {', '.join(known[code]) or 'none'}. {near}",
    )


def _country_names() -> dict[str, str]:
    """The code in the settings for every code and English name of a country."""
    from holidays.registry import COUNTRIES

    codes = {code: code for entry in COUNTRIES.values() for code in entry[1:] if len(code) <= 3}
    return codes | {entry[0]: entry[1] for entry in COUNTRIES.values()}


def _nearest(name: str, known: dict[str, str]) -> str:
    folded = {other.lower(): code for other, code in known.items()}
    near = difflib.get_close_matches(name.lower().replace(" ", ""), list(folded), n=1, cutoff=0.3)
    return f"Did you mean {folded[near[0]]!r}?" if near else ""
