"""The database's URL from a Prefect secret block, loaded when it is first used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import SecretStr

from nightcast.errors import SettingsError, UnavailableError

BLOCK_PREFIX = "prefect-secret:"
"""Prefix of the name of a block instead of a URL."""


class BlockUrl(SecretStr):
    """A URL in a Prefect secret block.

    Args:
        block: the block's name.
        located: makes a relative path in the URL absolute.
    """

    def __init__(self, block: str, located: Callable[[str], str]) -> None:
        super().__init__("")
        self._block = block
        self._located = located

    def get_secret_value(self) -> str:
        """The URL, loaded from Prefect once.

        Raises:
            SettingsError: if there is no such block.
            UnavailableError: if Prefect's server cannot be reached.
        """
        if not self._secret_value:
            self._secret_value = self._located(_load(self._block))
        return self._secret_value


def _load(block: str) -> str:
    from flows.commands.options import is_verbose
    from flows.server import defaults as prefect_defaults

    prefect_defaults.apply(quiet=not is_verbose())
    from prefect.blocks.system import Secret

    try:
        load: Any = Secret.load  # its type lacks the argument `_sync`
        url = load(block, _sync=True).get()
    except ValueError:
        raise SettingsError(
            f"There is no Prefect secret block {block!r}, which [database] url names.",
            "Create it in the Prefect UI under Blocks, type Secret, or correct its name.",
        ) from None
    except Exception as error:
        raise UnavailableError(
            f"The Prefect secret block {block!r} of [database] url cannot be loaded: {type(error).__name__}.",
            "Check that PREFECT_API_URL names a running server, and try again.",
        ) from None
    if not isinstance(url, str) or not url:
        raise SettingsError(f"The Prefect secret block {block!r} holds no text.", "Store the database's URL in it.")
    return url
