"""Around a run: a catalogue hears that it began, and how it ended. Whatever happens there changes nothing about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from flows.lineage.settings import LineageSettings
from flows.night.session import described
from tasks.night import Night

if TYPE_CHECKING:
    from flows.lineage.sender import Sender

MISSING = "no events were sent to the data catalogue: install them with pip install 'nightcast[lineage]'"


@contextmanager
def lineage(night: Night, settings: LineageSettings) -> Iterator[None]:
    """Send the events of a run, if the settings wish for them; a dry run has none.

    Args:
        night: the night, whose run has begun; what could not be sent is a note of it.
        settings: whether to send them.
    """
    if not settings.enabled or night.run is None:
        yield
        return
    if find_spec("openlineage") is None:
        night.warn(MISSING)
        yield
        return
    from flows.lineage.events import RunEvents
    from flows.lineage.sender import Sender

    sender, events = Sender(settings.timeout_seconds), RunEvents(night, settings.namespace)
    _send(sender, events.started)
    try:
        yield
    except BaseException as error:
        reason, is_stopped = described(error), not isinstance(error, Exception)
        _send(sender, lambda: events.failed(reason, is_stopped))  # on its way while the ledger is closed
        raise
    _send(sender, events.completed)
    if problem := sender.finish():
        night.warn(f"events did not reach the data catalogue: {problem}")


def _send(sender: Sender, made: Callable[[], Any]) -> None:
    try:
        sender.send(made())
    except Exception as error:
        sender.problem = sender.problem or f"one could not be made ({type(error).__name__})"
