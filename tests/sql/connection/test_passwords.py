"""Passwords with every character: never in a message, not in part, however a URL or a driver writes them."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy.engine import URL

from nightcast.errors import SettingsError
from sql.engine import Database, open_database
from sql.settings import DatabaseSettings

SECRET = "xyzzy"  # noqa: S105
MARKS = st.text("@:/?#%& '\"$\\\u00fc\u6f22[]+=;\n", max_size=6)
DRIVERS = st.sampled_from(["postgresql+psycopg", "postgresql"])


def opened(url: str) -> Database:
    return open_database(DatabaseSettings(url=SecretStr(url)))


@given(MARKS, DRIVERS)
def test_an_encoded_password_is_understood_and_hidden(marks: str, driver: str) -> None:
    password = SECRET + marks + SECRET
    database = opened(f"{driver}://ann:{quote(password, safe='')}@host/shop")
    assert (database.url.password, database.url.host) == (password, "host")
    assert SECRET not in database.name
    rendered = database.url.render_as_string(hide_password=False)
    for said in (password, rendered, repr(password), quote(password).lower(), f"host {password.rpartition('@')[2]}"):
        assert SECRET not in database.without_password(f"cannot connect: {said}")


@given(
    MARKS,
    DRIVERS,
    st.sampled_from(["ann:{}@host/shop", "{}:pw@host/shop", "ann@host/shop?password={}", "ann:{}@h:x/y"]),
)
def test_a_password_as_it_is_is_hidden_or_refused(marks: str, driver: str, place: str) -> None:
    password = SECRET + marks + SECRET
    try:
        shown = opened(f"{driver}://{place.format(password)}").name
    except SettingsError as error:
        shown = str(error)
    if not place.startswith("{}"):
        assert SECRET not in shown
    else:  # a user is shown, but none of it as a host
        assert SECRET not in shown.partition("@")[2]


@pytest.mark.parametrize("url", ["postgresql://ann:s@cret@host/shop", "postgresql://a/nn:secret@host/shop"])
def test_a_password_whose_end_is_not_clear_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="password ends") as caught:
        opened(url)
    assert "%40" in caught.value.remedy


def test_a_file_may_have_an_at_sign() -> None:
    assert opened("sqlite:////data/a@b@c.db").url.database == "/data/a@b@c.db"


def test_a_password_in_an_option_is_hidden() -> None:
    url = URL.create("postgresql+psycopg", query={"sslpassword": "xyzzy", "application_name": "till"})
    database = Database(url, None)
    assert database.without_password("till: xyzzy") == "till: ***"
