"""Writing the YAML files that are generated."""

from __future__ import annotations

from typing import Any

import yaml  # type: ignore[import-untyped]

GENERATED = "# Made from the comments of the views and from docs/sql.md by `python -m tests.documents`.\n"


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]  # the package has no types
    """Writes a list as often as it occurs, instead of naming it, and text of several lines as lines."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _text(dumper: Any, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def as_yaml(content: Any) -> str:
    """The text of a YAML file."""
    return str(yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120))
