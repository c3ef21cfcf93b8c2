"""Messages about a night, by mail or to a webhook, without Prefect.

The places are URLs of Apprise, which knows mail, plain webhooks and a hundred services. A message that cannot be sent
is logged, and changes nothing about the night.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from flows.night.request import Outcome, WholeNight
from flows.night.session import described
from flows.notify.settings import NotifySettings, Occasion

TITLES = {"failure": "failed", "notes": "published, with notes", "success": "published"}

logger = logging.getLogger("nightcast")


def tell(settings: NotifySettings, about: str, night: WholeNight) -> None:
    """Send a message about a night, if the settings wish for one.

    Args:
        settings: where to, and when.
        about: which night it is.
        night: what it came to.
    """
    if not settings.urls or occasion_of(night) not in settings.on:
        return
    title, body = message(about, night)
    for number, url in enumerate(settings.urls, start=1):
        if not _sent(url.get_secret_value(), title, body):
            logger.warning("The message about the night could not be sent: see number %s of [notify] urls.", number)


def _sent(url: str, title: str, body: str) -> bool:
    import apprise

    try:
        place = apprise.Apprise()
        return bool(place.add(url) and place.notify(body=body, title=title))
    except Exception as error:  # a service's own plugin may raise anything, and the night is over
        logger.debug("A message was not sent: %s.", type(error).__name__)
        return False


@contextmanager
def told_if_it_fails(settings: NotifySettings, about: str) -> Iterator[None]:
    """Send a message where a night fails before any product has begun."""
    try:
        yield
    except Exception as error:
        tell(settings, about, WholeNight([error]))
        raise


@contextmanager
def told_if_stopped(settings: NotifySettings, about: str) -> Iterator[None]:
    """Send a message where a scheduler stops a night by SIGTERM; who presses Ctrl-C knows.

    None is sent where the process has to be ended at once, since it does not react in time.
    """
    try:
        yield
    except BaseException as error:
        if not isinstance(error, Exception | KeyboardInterrupt | GeneratorExit):
            tell(settings, about, WholeNight([error]))
        raise


def occasion_of(night: WholeNight) -> Occasion:
    """The occasion that a night is."""
    if night.failures or night.skipped:
        return "failure"
    return "notes" if any(one.notes for one in night.results if isinstance(one, Outcome)) else "success"


def message(about: str, night: WholeNight) -> tuple[str, str]:
    """The title, and what became of each product."""
    said = [f"The night was {night.skipped}."] if night.skipped else []
    for one in night.results:
        said += [described(one)] if isinstance(one, BaseException) else _lines(one)
    return f"Nightcast {'skipped' if night.skipped else TITLES[occasion_of(night)]}: {about}", "\n".join(said)


def _lines(outcome: Outcome) -> list[str]:
    what = f"{outcome.product}: {outcome.subjects:,} subjects, {outcome.rows_written:,} rows, {outcome.served} serves"
    return [what, *(f"- {note}" for note in outcome.notes)]
