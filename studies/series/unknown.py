"""Values of a series that are unknown: what they count as, where the study file says so."""

from __future__ import annotations

import numpy as np

from models.common.arrays import Floats
from nightcast.errors import InputError


def filled(name: str, values: Floats, rule: str) -> Floats:
    """The values (n,) without NaN.

    Args:
        name: Of the series.
        values: NaN where unknown.
        rule: ``error``, ``previous`` (the first known value, where there is none before) or ``zero``.

    Raises:
        InputError: if a value is unknown and that is an error, or none is known at all.
    """
    known = np.isfinite(values)
    if known.all():
        return values
    if not known.any():
        raise InputError(f"No value of the series {name!r} is known.", "Correct its source in [series].")
    if rule == "zero":
        return np.where(known, values, 0.0)
    if rule == "error":
        where, count = int(np.flatnonzero(~known)[0]) + 1, int((~known).sum())
        more = f", and so are {count - 1} more" if count > 1 else ""
        raise InputError(
            f"Value {where} of the series {name!r} is unknown{more}.",
            'Complete the source, or let unknown = "previous" or "zero" in [series] say what they count as.',
        )
    latest = np.maximum.accumulate(np.where(known, np.arange(len(values)), 0))
    latest[: known.argmax()] = known.argmax()
    return np.asarray(values[latest])


def counted_as(name: str, values: Floats, rule: str) -> str | None:
    """A sentence on the unknown values (n,) of a series; None where all are known."""
    count = int((~np.isfinite(values)).sum())
    if not count:
        return None
    shown = "the value before" if rule == "previous" else "zero"
    return (
        f"{count} of the {len(values)} values of {name!r} are unknown. Forecasts are made as if each were {shown}; "
        "none of them is scored."
    )
