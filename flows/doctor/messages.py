"""Checks of where messages and events about nights go, where the settings wish for any."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from importlib.util import find_spec

from flows.doctor.findings import Finding, doubtful, fine
from flows.settings import Settings


def findings(settings: Settings) -> Iterator[Finding]:
    """The findings about `[notify]` and `[lineage]`: none of them would make a night fail. Nothing is sent."""
    if settings.notify.urls:
        yield _notify(settings)
    if settings.lineage.enabled:
        yield _lineage()


def _notify(settings: Settings) -> Finding:
    import apprise

    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # its messages show addresses with their passwords
    urls = settings.notify.urls
    wrong = [number for number, url in enumerate(urls, 1) if not apprise.Apprise.instantiate(url.get_secret_value())]
    if wrong:
        return doubtful(
            "notify",
            f"number {', '.join(map(str, wrong))} of [notify] urls is no address that Apprise knows.",
            "Write it as https://appriseit.com/services/ shows.",
        )
    return fine("notify", f"{len(urls)} address{'' if len(urls) == 1 else 'es'}, on {', '.join(settings.notify.on)}")


def _lineage() -> Finding:
    if find_spec("openlineage") is None:
        return doubtful("lineage", "the extra lineage is not installed.", "pip install 'nightcast[lineage]'")
    from flows.lineage.sender import NOWHERE, client

    try:
        found = client()
    except Exception as error:  # what it says may show how it would log in
        return doubtful("lineage", f"its settings are wrong: {type(error).__name__}.", "Correct openlineage.yml.")
    if found is None:
        return doubtful("lineage", "nothing says where events go.", f"Say it: {NOWHERE.partition('; ')[2]}.")
    return fine("lineage", f"events by {found.transport.kind}")
