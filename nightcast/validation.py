"""Readable messages for pydantic's validation errors: unknown keys come with the nearest known one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Tag, ValidationError


class Section(BaseModel):
    """A section of settings: every key is known, and nothing changes after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def explained(
    error: ValidationError, model: type[BaseModel], document: Any = None, former: Mapping[str, str] | None = None
) -> Iterator[str]:
    """One sentence, without a full stop, for each problem.

    Args:
        error: The error of the model.
        model: The model that was validated.
        document: The validated document, whose list items are called by their names.
        former: The rest of a sentence about each key that no longer exists, by its dotted name.
    """
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        place = problem["loc"]
        if problem["type"] == "extra_forbidden":
            fate = (former or {}).get(".".join(map(str, place)))
            unknown = f"is not known{nearest(str(place[-1]), _keys_at(model, place[:-1]))}"
            yield f"{_spelled(place, document)} {fate or unknown}"
        else:
            yield f"{_spelled(place, document)}: {problem['msg'].removeprefix('Value error, ')}"


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown name: the known name that is closest, or all known names."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f", did you mean {near[0]!r}?" if near else f"; known are {', '.join(names)}"


def _spelled(place: tuple[int | str, ...], document: Any) -> str:
    parts = list(_named(place, document))
    return f"[{'.'.join(parts[:-1])}] {parts[-1]}" if len(parts) > 1 else f"[{parts[0]}]" if parts else "the file"


def _named(place: tuple[int | str, ...], document: Any) -> Iterator[str]:
    """The parts of a place; an item of a list is called by its name, or by its number, counted from 1."""
    for part in place:
        document = _inside(document, part)
        name = document.get("name") if isinstance(part, int) and isinstance(document, dict) else None
        yield repr(name) if name else str(part + 1 if isinstance(part, int) else part)


def _inside(document: Any, part: int | str) -> Any:
    if isinstance(document, dict):
        return document.get(part)
    return document[part] if isinstance(document, list) and isinstance(part, int) and part < len(document) else None


def _keys_at(model: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    """The known keys at a place, whose parts are fields, their items, and members of unions."""
    models: list[_Model] = [(model, "")]
    for part in place:
        inner = [
            field.annotation
            for known, _ in models
            for name, field in known.model_fields.items()
            if part in (name, field.alias)
        ]
        members = [(known, tag) for known, tag in models if part in (tag, known.__name__)]
        models = [nested for annotation in inner for nested in _models_in(annotation)] or members or models
    return list(dict.fromkeys(field.alias or name for known, _ in models for name, field in known.model_fields.items()))


_Model: TypeAlias = tuple[type[BaseModel], str]
"""A model and its tag in a union."""


def _models_in(annotation: Any, tag: str = "") -> Iterator[_Model]:
    """The models in an annotation: the annotation itself, or the members of its unions, lists and tables."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, tag
    tags = [entry.tag for entry in getattr(annotation, "__metadata__", ()) if isinstance(entry, Tag)]
    for argument in get_args(annotation):
        yield from _models_in(argument, tags[0] if tags else "")
