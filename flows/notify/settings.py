"""The settings of messages about nights."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from nightcast.validation import Section

Occasion = Literal["failure", "notes", "success"]


class NotifySettings(Section):
    """The ``[notify]`` section."""

    urls: tuple[SecretStr, ...] = Field(
        (),
        description="Where messages about nights go: URLs of Apprise, such as mailto or json ones. They may hold "
        "passwords: set them in the environment.",
    )
    on: tuple[Occasion, ...] = Field(
        ("failure", "notes"),
        description="When to send one: failure (a product failed, or the night was skipped), notes (it has warnings), "
        "success (neither).",
    )
