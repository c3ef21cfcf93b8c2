"""Is the data as new as it ought to be? Yesterday's forecast on last month's data looks right, and is wrong."""

from __future__ import annotations

from nightcast.errors import StaleDataError
from nightcast.values import Product, to_date
from tasks.night import Night


def check_freshness(night: Night, data_through: int, behind: int) -> None:
    """Warn, or refuse, when the newest data ends too early, as the settings of the source say.

    Args:
        night: the night that read the data.
        data_through: the last day that the data covers, in days since 1970-01-01.
        behind: days that are missing up to the as-of; 0 where only a period that is not over yet is missing.

    Raises:
        StaleDataError: if the settings say to refuse.
    """
    visits = night.product == Product.NEXT_VISIT
    source = night.sections.source.visits if visits else night.sections.source.sales
    if behind <= source.stale_after_days:
        return
    what = "visit" if visits else "sale"
    reason = f"the newest {what} is of {to_date(data_through)}, {behind} days before the as-of"
    if source.when_stale == "refuse":
        raise StaleDataError(
            f"Refused: {reason}, and {source.stale_after_days} are allowed.",
            f"Look at what fills the {what}s, or change stale_after_days or when_stale in the settings of the source.",
        )
    night.warn(reason)
