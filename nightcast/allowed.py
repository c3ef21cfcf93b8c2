"""What a field of a pydantic model allows, in words."""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

_BOUNDS = {"ge": "of at least {:,}", "gt": "above {:,}", "le": "of at most {:,}", "lt": "below {:,}"}
_NUMBERS = {int: ("a whole number", "whole numbers"), float: ("a number", "numbers")}


def allowed(annotation: Any, metadata: Iterable[Any] = (), *, several: bool = False) -> str | None:
    """What a type allows: names, numbers between bounds, true or false, lists of these; None for any other type.

    Args:
        annotation: the type.
        metadata: its bounds.
        several: whether it is the type of the items of a list.
    """
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        return allowed(inner, [*metadata, *more], several=several)
    if get_origin(annotation) in (Union, types.UnionType):
        return _one_of(annotation)
    if get_origin(annotation) in (tuple, list, frozenset, set):
        item = allowed(get_args(annotation)[0], several=True)
        return f"a list of {item}" if item is not None else None
    if annotation is bool:
        return "true or false"
    if annotation in _NUMBERS:
        return " ".join([_NUMBERS[annotation][several], *_bounds(metadata)])
    names = list(_names_of(annotation))
    return _joined([repr(name) for name in names]) if names else None


def _one_of(annotation: Any) -> str | None:
    """The members of a union: all names, then the others."""
    members = [member for member in get_args(annotation) if member is not type(None)]
    names = [repr(name) for member in members for name in _names_of(member)]
    others = [allowed(member) for member in members if not list(_names_of(member))]
    texts = [_joined(names)] if names else []
    texts += [text for text in others if text is not None]
    return ", or ".join(texts) if None not in others else None


def near_name(value: object, annotation: Any) -> str:
    """A question whether the nearest allowed name was meant; empty where none is near."""
    near = difflib.get_close_matches(str(value), list(_all_names(annotation)), n=1)
    return f", did you mean {near[0]!r}?" if near and near[0] != value else ""


def _all_names(annotation: Any) -> Iterator[str]:
    yield from _names_of(annotation)
    if get_origin(annotation) is not Literal:
        for argument in get_args(annotation):
            yield from _all_names(argument)


def _names_of(annotation: Any) -> Iterator[str]:
    if get_origin(annotation) is Literal:
        yield from (str(name) for name in get_args(annotation))
    elif isinstance(annotation, type) and issubclass(annotation, Enum):
        yield from (str(member.value) for member in annotation)


def _bounds(metadata: Iterable[Any]) -> list[str]:
    found: dict[str, Any] = {}
    for one in metadata:
        for inner in one.metadata if isinstance(one, FieldInfo) else [one]:
            found |= {name: getattr(inner, name) for name in _BOUNDS if getattr(inner, name, None) is not None}
    if {"ge", "le"} == found.keys():
        return [f"from {found['ge']:g} to {found['le']:,}"]
    return [" and ".join(_BOUNDS[name].format(bound) for name, bound in found.items())] if found else []


def _joined(parts: Sequence[str]) -> str:
    return " or ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]
