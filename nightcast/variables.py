"""Environment variables that were meant to be settings, and set nothing."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from nightcast.validation import nearest

SEPARATOR = "__"
"""Between the section and the setting in the name of a variable."""


@dataclass(frozen=True)
class Variables:
    """The variables of a model of settings.

    Attributes:
        prefix: how they all begin.
        model: the settings.
        former: the rest of a sentence about each setting that no longer exists, by its dotted name.
        others: variables of the same prefix that are no settings.
    """

    prefix: str
    model: type[BaseModel]
    former: Mapping[str, str]
    others: frozenset[str]

    def names_a_section(self, name: str) -> bool:
        """Whether a variable's name begins with a section, so that pydantic reads it."""
        return self._keys(name)[0] in _fields(self.model)

    def problem(self, name: str) -> tuple[str, bool] | None:
        """Why a variable sets nothing, and whether that is surely a mistake; None if it sets something."""
        if not name.upper().startswith(self.prefix) or name.upper() in self.others:
            return None
        keys = self._keys(name)
        if len(keys) > 1:
            why = self._unknown(keys)
            return (why, True) if why else None
        if self.names_a_section(name):
            return None
        meant = self._nearest_name(name.upper())
        return (f"did you mean {meant}?", True) if meant else ("there is no setting of this name", False)

    def _keys(self, name: str) -> list[str]:
        return name[len(self.prefix) :].lower().split(SEPARATOR)

    def _unknown(self, keys: list[str]) -> str:
        fate = self.former.get(".".join(keys))
        return f"[{'.'.join(keys[:-1])}] {keys[-1]} {fate}" if fate else _unknown_key(self.model, keys)

    def _nearest_name(self, name: str) -> str | None:
        """The variable that differs by little, such as an underscore."""
        plain = {known.replace("_", ""): known for known in self._all_names(self.model, self.prefix)}
        near = difflib.get_close_matches(name.replace("_", ""), list(plain), n=1, cutoff=0.85)
        return plain[near[0]] if near else None

    def _all_names(self, model: type[BaseModel], start: str) -> Iterator[str]:
        for name, nested in _fields(model).items():
            if isinstance(nested, type) and issubclass(nested, BaseModel):
                yield from self._all_names(nested, f"{start}{name.upper()}{SEPARATOR}")
            else:
                yield f"{start}{name.upper()}"


def _fields(model: type[BaseModel]) -> dict[str, object]:
    """The type of each field by the name that settings have for it."""
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _unknown_key(model: type[BaseModel], keys: list[str]) -> str:
    """Why these nested keys are not a setting; empty if they are."""
    fields = _fields(model)
    if keys[0] not in fields:
        return f"{keys[0]!r} is not known{nearest(keys[0], fields)}"
    nested = fields[keys[0]]
    if len(keys) > 1 and isinstance(nested, type) and issubclass(nested, BaseModel):
        return _unknown_key(nested, keys[1:])
    return ""
