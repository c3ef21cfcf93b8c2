"""What `nightcast init` is told to look at: a database's URL, a database file, or files of rows."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import SecretStr

from nightcast.errors import UsageError
from sql.connection.urls import parsed_url

_SQLITE = b"SQLite format 3\0"
_DRIVERS = {"mysql": "mysql+pymysql", "mariadb": "mysql+pymysql", "postgres": "postgresql"}
_SECRET = re.compile("pass|secret|token|pwd", re.IGNORECASE)


def url_in(target: str) -> SecretStr | None:
    """The URL of a target, if it is a database: a URL as SQLAlchemy or others write it, or a SQLite file.

    Raises:
        UsageError: if there is no such database file.
    """
    if "://" not in target:
        path = Path(target)
        return SecretStr(f"sqlite:///{target}") if path.is_file() and is_sqlite(path) else None
    scheme, _, rest = target.partition("://")
    url = f"{_DRIVERS.get(scheme, scheme)}://{rest}"
    file = rest.removeprefix("/").partition("?")[0]
    if scheme.startswith("sqlite") and not Path(file).is_file():
        raise UsageError(
            f"There is no database file {file} to look at.",
            "Correct its name; without a URL, `nightcast init` makes a database in this folder.",
        )
    return SecretStr(url)


def written_url(url: SecretStr, folder: Path) -> str:
    """The URL as a settings file in a folder has it: a relative path means the working folder, not that one."""
    text = url.get_secret_value()
    scheme, separator, file = text.partition(":///")
    if not scheme.startswith("sqlite") or not separator or folder == Path.cwd():
        return text
    return f"{scheme}:///{Path(file).absolute()}"


def not_a_source(target: str) -> UsageError:
    """The error for what is neither a URL nor there."""
    return UsageError(
        f"There is no file or folder {target}, and it is no URL of a database.",
        "Correct it, or write a URL like postgresql://user@host/database.",
    )


def is_sqlite(path: Path) -> bool:
    """Whether a file is a SQLite database; a new one has no bytes yet."""
    with path.open("rb") as stream:
        start = stream.read(len(_SQLITE))
    return start == _SQLITE or (not start and path.suffix in (".db", ".sqlite", ".sqlite3"))


def has_secret(url: SecretStr) -> bool:
    """Whether a URL holds a password, so that it may not stand in a file."""
    try:
        parsed = parsed_url(url.get_secret_value())
    except Exception:  # not a URL: what it holds is not known
        return True
    return parsed.password is not None or any(_SECRET.search(option) for option in parsed.query)
