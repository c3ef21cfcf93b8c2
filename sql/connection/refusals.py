"""What a database server refuses for good: a wrong password, a missing right, an unknown database.

Trying again later does not help, other than after a lost connection.
"""

from __future__ import annotations

import re

from sql.connection.failures import driver_error

_LOGIN = "Correct the user and the password in [database] url."
_DATABASE = "Correct the name of the database in [database] url, or create the database."
_RIGHTS = "GRANT the user of [database] url the right that is missing; deployments/roles.sql has a role for the job."
_HOST = "Let the server accept this user from this machine, or correct the user in [database] url."

_BY_STATE = {"28P01": _LOGIN, "28000": _LOGIN, "3D000": _DATABASE, "42501": _RIGHTS}
"""Of PostgreSQL, by SQLSTATE."""

_BY_NUMBER = {
    1044: _RIGHTS,
    1045: _LOGIN,
    1049: _DATABASE,
    1130: _HOST,
    1142: _RIGHTS,
    1143: _RIGHTS,
    1227: _RIGHTS,
    1370: _RIGHTS,
    1698: _LOGIN,
}
"""Of MySQL and MariaDB, by the number of the error."""

_BY_TEXT = {
    r"permission denied for database": _RIGHTS,
    r"no pg_hba\.conf entry": _HOST,
    r"authentication failed for user|no password supplied|role .* does not exist|is not permitted to log in": _LOGIN,
    r"database .* does not exist": _DATABASE,
}
"""Of PostgreSQL while it connects: the driver then tells no SQLSTATE."""


def remedy_of_refusal(error: Exception) -> str:
    """How to mend what the server has refused for good; empty for all other errors.

    Args:
        error: SQLAlchemy's, or the driver's own.
    """
    cause = driver_error(error)
    state = getattr(cause, "sqlstate", None)
    if state is not None:
        return _BY_STATE.get(str(state), "")
    if type(cause).__module__.startswith("psycopg"):
        return next((remedy for text, remedy in _BY_TEXT.items() if re.search(text, str(cause))), "")
    return next((remedy for number, remedy in _BY_NUMBER.items() if number in cause.args[:1]), "")
