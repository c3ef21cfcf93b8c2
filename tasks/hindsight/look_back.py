"""The last step of a night: reviews, and what readers are told about them."""

from __future__ import annotations

import logging
from collections.abc import Callable

from tasks.hindsight.actuals import keep_actuals
from tasks.hindsight.changes import explain_changes
from tasks.hindsight.trust import judge_trust
from tasks.night import Known, Model, Night, Prepared
from tasks.product import ProductSteps
from tasks.review import review

logger = logging.getLogger("nightcast")


def look_back(night: Night, product: ProductSteps[Known, Model], prepared: Prepared[Known]) -> int:
    """Keep what came, review earlier forecasts, judge them and explain tonight's; returns the number of reviewed runs.

    A dry run does nothing. Each failure leads to a warning, since tonight's forecast is published already.
    """
    if night.run is None:
        return 0
    _attempt(night, "what came could not be kept", lambda: keep_actuals(night, product, prepared))
    reviewed = review(night, product, prepared)
    _attempt(night, "the reviews could not be judged", lambda: judge_trust(night, product, prepared))
    _attempt(
        night, "the change since the last night is not explained", lambda: explain_changes(night, product, prepared)
    )
    return reviewed


def _attempt(night: Night, failure: str, work: Callable[[], None]) -> None:
    try:
        work()
    except Exception as error:
        logger.debug("%s.", failure, exc_info=error)
        night.warn(f"{failure}: {str(error).strip().partition(chr(10))[0] or type(error).__name__}")
