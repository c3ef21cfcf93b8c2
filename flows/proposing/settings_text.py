"""The text of a settings file: the commented defaults, with what was chosen and why."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Mapping
from importlib.resources import files

from tasks.proposing.proposal import Proposal

COMMENT = 40
"""The column in which comments of the settings file begin."""

Changes = Mapping[str, Mapping[str, str]]
"""Values in TOML by section and setting."""


def template(timezone: str = "UTC") -> str:
    """The commented settings file, in which a time zone other than UTC is proposed."""
    text = (files("flows") / "nightcast.toml").read_text(encoding="utf-8")
    if timezone == "UTC":
        return text
    return text.replace('# timezone = "UTC"'.ljust(COMMENT), f'timezone = "{timezone}"'.ljust(COMMENT))


def changed(text: str, changes: Changes) -> str:
    """The settings file with other values than the defaults."""
    for section, values in changes.items():
        start = text.index(f"[{section}]")
        for name, value in values.items():
            line = re.compile(rf"^# {name} = \S.*?\s+(?=#)", re.MULTILINE)
            found = line.search(text, start)
            assert found is not None  # noqa: S101 the template has every setting
            width = len(found[0])
            text = text[: found.start()] + f"{name} = {value}  ".ljust(width) + text[found.end() :]
    return text


def explained(text: str, section: str, sentences: Iterable[str]) -> str:
    """The settings file with sentences as comments at the beginning of a section."""
    wrapped = (line for sentence in sentences for line in textwrap.wrap(sentence, 116, subsequent_indent="  "))
    comments = "".join(f"# {line}\n" for line in wrapped)
    return re.sub(rf"(?m)^\[{re.escape(section)}\].*\n", lambda header: header[0] + comments, text, count=1)


def settings_of(proposal: Proposal) -> dict[str, str]:
    """The settings of a source, as TOML writes them."""
    columns = ", ".join(f"{ours} = {quoted(theirs)}" for ours, theirs in proposal.columns.items())
    place = {"query": quoted(proposal.look.query)} if proposal.look.query else {"table": quoted(proposal.look.name)}
    groups = {"groups": f"[{', '.join(map(quoted, proposal.groups))}]"} if proposal.groups else {}
    return {**place, "columns": f"{{ {columns} }}", **groups, **proposal.settings}


def reasons_of(proposal: Proposal, others: Iterable[Proposal] = ()) -> list[str]:
    """Comments about a source: why it was chosen, what to look at, and what was as likely."""
    near = [other for other in others if other is not proposal and other.is_near(proposal)]
    return [
        f"Proposed, since {'; '.join(proposal.reasons)}.",
        *(f"Look at it: {hint}." for hint in proposal.hints),
        *(f"As likely: {other.described}." for other in near[:3]),
    ]


def quoted(text: str) -> str:
    """A text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
