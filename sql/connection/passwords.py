"""Keeping the password of a database's URL out of messages, also in part and however it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

from sqlalchemy.engine import URL

from nightcast.errors import SettingsError

_SHORTEST_PART = 4
"""Shorter parts of a password are no secret, and would be found in every message."""

_SECRET_OPTION = re.compile("pass|secret|token|pwd", re.IGNORECASE)


def require_clear_password(text: str, url: URL) -> None:
    """Refuse a URL in which the tail of a user or password would be taken for the host, and shown.

    Raises:
        SettingsError: if an ``@`` stands in it that does not end the user and password.
    """
    if url.get_backend_name() == "sqlite":
        return
    if text.count("@") > (0 if url.username is None else 1):
        raise SettingsError(
            "[database] url cannot be used: it is not clear where its password ends.",
            "Write @ as %40 in the user, the password and the options, / as %2F in the user, and % as %25.",
        )


def without_passwords(url: URL, message: str) -> str:
    """A driver's message without the passwords of a URL, which some drivers repeat."""
    texts = {text for secret in _secrets(url) for text in _spellings(secret)}
    for text in sorted(texts, key=len, reverse=True):
        message = re.sub(re.escape(text), "***", message, flags=re.IGNORECASE)
    return message


def _secrets(url: URL) -> Iterator[str]:
    if url.password:
        yield str(url.password)
    for option, value in url.query.items():
        if _SECRET_OPTION.search(option):
            yield from filter(None, [value] if isinstance(value, str) else value)


def _spellings(secret: str) -> Iterator[str]:
    """A secret as URLs, connection strings and Python write it, and its parts."""
    yield secret
    yield from (quote(secret), quote(secret, safe=""), quote(secret, safe=" +"), quote_plus(secret))
    yield from (repr(secret)[1:-1], re.sub(r"(['\\])", r"\\\1", secret), ascii(secret)[1:-1])
    yield from (part for part in re.split(r"\W+", secret) if len(part) >= _SHORTEST_PART)
