"""The step `prepare`: from rows to what the recipes read, and a look at how new the data is."""

from __future__ import annotations

from nightcast.errors import InputError, StaleDataError
from nightcast.values import to_date
from tasks.night import Known, Model, Night, Prepared, SourceRows
from tasks.product import ProductSteps


def prepare(night: Night, product: ProductSteps[Known, Model], rows: SourceRows) -> Prepared[Known]:
    """Prepare the rows of a source.

    Raises:
        InputError: if no row is usable, or the settings refuse what the rows hold.
        StaleDataError: if the newest row is older than allowed, and the settings say to refuse then.
    """
    if not len(rows.day):
        raise InputError(
            f"There is no usable {product.subject} in the {product.source} before {night.question.as_of} "
            f"({rows.rows_read} rows were read, {night.rejections.rows} of them rejected).",
            "Choose a later --as-of, fill the source, or see `nightcast show rejected` for why rows were not usable.",
        )
    prepared = product.prepare(night, rows)
    night.entry.subjects = len(prepared.ids)
    if prepared.data_through is None:
        night.warn("no period is wholly known at the as-of")
    else:
        night.entry.data_through = to_date(prepared.data_through)
    return prepared


def check_freshness(night: Night, product: ProductSteps[Known, Model], data_through: int) -> None:
    """Warn, or refuse, when the newest data ends too early, as the settings of the source say.

    A forecast on last month's data looks right, and is wrong.

    Args:
        night: the night that read the data.
        product: whose data it is.
        data_through: the last day that the data covers, in days since 1970-01-01.

    Raises:
        StaleDataError: if the settings say to refuse.
    """
    source = product.settings_of_source(night.sections.source)
    days = night.question.day - 1 - data_through
    if days <= source.stale_after_days:
        return
    reason = f"the {product.source} end on {to_date(data_through)}, {days} days before the as-of"
    if source.when_stale == "refuse":
        raise StaleDataError(
            f"Refused: {reason}, and {source.stale_after_days} are allowed.",
            f"Find out why the {product.source} are not up to date, or change stale_after_days or when_stale in "
            f"[source.{product.source}].",
        )
    night.warn(reason)
