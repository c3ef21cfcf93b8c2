"""Readable messages for pydantic's validation errors: unknown keys come with the nearest known one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Tag, ValidationError
from pydantic.fields import FieldInfo

from nightcast.allowed import allowed, near_name

_Place: TypeAlias = tuple[int | str, ...]
"""Where a problem is: the names of nested fields, and of what pydantic tried to read there."""

_OWN_MESSAGES = {"value_error", "assertion_error", "extra_forbidden", "missing"}
"""Problems that say themselves what is wrong."""


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
    explained_fields: set[_Place] = set()
    problems = error.errors(include_url=False, include_context=False)
    for problem in problems:
        place = problem["loc"]
        field_place, sentence = _wrong_value(problems, model, place)
        if field_place in explained_fields:
            continue
        if problem["type"] == "extra_forbidden":
            fate = (former or {}).get(".".join(map(str, place)))
            unknown = f"is not known{nearest(str(place[-1]), _keys_at(model, place[:-1]))}"
            yield f"{_spelled(place, document)} {fate or unknown}"
        elif sentence:
            explained_fields.add(field_place)
            yield f"{_spelled(field_place, document)} {sentence}"
        else:
            yield f"{_spelled(place, document)}: {problem['msg'].removeprefix('Value error, ')}"


def _wrong_value(problems: Sequence[Any], model: type[BaseModel], place: _Place) -> tuple[_Place, str]:
    """The place of a field, and what its value is and may be; empty where the type cannot be told in a few words.

    Pydantic has a problem for each way in which a value could have been read; the one that went furthest names the
    value that is meant.
    """
    depth, field = _field_at(model, place)
    may_be = allowed(field.annotation, field.metadata) if field is not None else None
    field_place = place[:depth]
    of_field = [problem for problem in problems if problem["loc"][:depth] == field_place]
    if field is None or may_be is None or any(problem["type"] in _OWN_MESSAGES for problem in of_field):
        return place, ""
    value = max(of_field, key=lambda problem: len(problem["loc"]))["input"]
    return field_place, f"is {shortened(repr(value))}; allowed: {may_be}{near_name(value, field.annotation)}"


def shortened(text: str, length: int = 60) -> str:
    """A text of at most this length, with a mark where it was cut."""
    return text if len(text) <= length else f"{text[: length - 3]}..."


def _field_at(model: type[BaseModel], place: _Place) -> tuple[int, FieldInfo | None]:
    """The field of nested models that a place is in, and how many parts of the place name it."""
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    field = fields.get(str(place[0])) if place else None
    nested = field.annotation if field is not None else None
    if isinstance(nested, type) and issubclass(nested, BaseModel):
        depth, inner = _field_at(nested, place[1:])
        return depth + 1, inner
    return 1, field


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown name: the known name that is closest, or all known names."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f", did you mean {near[0]!r}?" if near else f"; known are {', '.join(names)}"


def _spelled(place: _Place, document: Any) -> str:
    parts = list(_named(place, document))
    return f"[{'.'.join(parts[:-1])}] {parts[-1]}" if len(parts) > 1 else f"[{parts[0]}]" if parts else "the file"


def _named(place: _Place, document: Any) -> Iterator[str]:
    """The parts of a place; an item of a list is called by its name, or by its number, counted from 1."""
    for part in place:
        document = _inside(document, part)
        name = document.get("name") if isinstance(part, int) and isinstance(document, dict) else None
        yield repr(name) if name else str(part + 1 if isinstance(part, int) else part)


def _inside(document: Any, part: int | str) -> Any:
    if isinstance(document, dict):
        return document.get(part)
    return document[part] if isinstance(document, list) and isinstance(part, int) and part < len(document) else None


def _keys_at(model: type[BaseModel], place: _Place) -> list[str]:
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
