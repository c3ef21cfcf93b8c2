"""URLs of databases."""

from __future__ import annotations

from sqlalchemy.engine import URL, make_url

_SQLITE_PARAMETERS = {"cached_statements", "check_same_thread", "detect_types", "isolation_level", "timeout", "uri"}
"""The parameters of a file; a path that begins with ``file:`` has others."""


def parsed_url(text: str) -> URL:
    """A SQLAlchemy URL, where the path of a SQLite file may have any character.

    SQLAlchemy cuts a path at its first question mark. Here, parameters begin at the last one, if they are parameters.
    """
    url = make_url(text)
    path = text.partition(":///")[2]
    if url.get_backend_name() != "sqlite" or "?" not in path or path.startswith("file:"):
        return url
    file, _, query = path.rpartition("?")
    parameters = make_url(f"sqlite:///?{query}").query
    if parameters and parameters.keys() <= _SQLITE_PARAMETERS and "/" not in query:
        return url.set(database=file, query=parameters)
    return url.set(database=path, query={})
